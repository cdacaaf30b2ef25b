//! Typos in the words of a line that was refused: what comes in by copying from a page, or by habit from elsewhere.

use thiserror::Error;

/// A word that is not what was meant.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Typo {
    /// A typographic dash, a full-width colon, a quotation mark and the like.
    #[error(
        "'{word}' contains the character '{found}' (U+{:04X}): write '{meant}'",
        u32::from(*.found)
    )]
    Lookalike {
        word: String,
        found: char,
        meant: String,
    },
    #[error("'{0}' is the prompt of a shell: leave it out")]
    Prompt(String),
    #[error("leave '{0}' out: the words begin with the command, such as -A")]
    Program(String),
    #[error("two commands are joined at '{0}': each needs a line of its own")]
    Joined(String),
    #[error("'{0}' begins a comment: a comment needs a line of its own")]
    Comment(String),
    #[error("kernel settings are loaded by 'sysctl {0}'")]
    Sysctl(String),
}

/// The first typo in the words of a line.
pub fn find<'a>(words: impl Iterator<Item = &'a str> + Clone) -> Option<Typo> {
    let is_option = |word: &&str| word.starts_with('-');
    let leading: Vec<&str> = words.clone().take_while(|word| !is_option(word)).collect();
    let ends_prompt = |word: &&str| word.ends_with(['#', '$', '%', '>']);
    if let Some(end) = leading.iter().position(ends_prompt) {
        return Some(Typo::Prompt(leading[..=end].join(" ")));
    }
    if let Some(program) = leading.iter().find(|word| is_program(word)) {
        return Some(Typo::Program((*program).to_owned()));
    }
    let all: Vec<&str> = words.clone().take(3).collect();
    if all.first() == Some(&"-p") && all.len() < 3 {
        return Some(Typo::Sysctl(all.join(" ")));
    }
    words
        .skip(leading.len())
        .find_map(in_word)
        .or_else(|| leading.iter().find_map(|word| lookalike(word)))
}

/// A typo that shows in one word after the command.
fn in_word(word: &str) -> Option<Typo> {
    if word.starts_with('#') {
        return Some(Typo::Comment(word.to_owned()));
    }
    if word.ends_with("ipvsadm") && !word.contains(['/', '=']) {
        return Some(Typo::Joined(word.to_owned()));
    }
    lookalike(word)
}

/// Whether a word starts a program, where the words should be the program's own.
fn is_program(word: &str) -> bool {
    matches!(word, "sudo" | "doas") || word.rsplit('/').next() == Some("ipvsadm")
}

/// A character of a word that only looks like one of ASCII.
pub fn lookalike(word: &str) -> Option<Typo> {
    let found = word.chars().find(|c| ascii(*c, false).is_some())?;
    let mut meant = String::new();
    for c in word.chars() {
        let leads = meant.chars().all(|c| c == '-');
        match ascii(c, leads) {
            Some(text) => meant.push_str(&text),
            None => meant.push(c),
        }
    }
    Some(Typo::Lookalike {
        word: word.to_owned(),
        found,
        meant,
    })
}

/// What a character is mistaken for; a long dash at the beginning of a word was two hyphens.
fn ascii(c: char, leads: bool) -> Option<String> {
    let text = match c {
        '\u{2014}' | '\u{2015}' if leads => "--",
        '\u{ad}' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '\u{fe58}' | '\u{fe63}' => "-",
        '\u{2236}' | '\u{a789}' | '\u{fe55}' => ":",
        '\u{3002}' | '\u{ff61}' => ".",
        '\u{3001}' => ",",
        // Quotation marks, and characters without a width.
        '\u{2018}'..='\u{201f}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' => "",
        '\u{a0}' | '\u{2000}'..='\u{200a}' | '\u{202f}' | '\u{3000}' => " ",
        // The full-width forms of ASCII.
        '\u{ff01}'..='\u{ff5e}' => {
            return char::from_u32(u32::from(c) - 0xfee0).map(String::from);
        }
        _ => return None,
    };
    Some(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::find;

    /// What is said of a line; nothing where there is no typo.
    fn said(line: &str) -> String {
        let typo = find(line.split(' '));
        typo.map(|typo| typo.to_string()).unwrap_or_default()
    }

    #[test]
    fn characters_that_look_like_others() {
        for (line, word, meant) in [
            ("\u{2013}ln", "\u{2013}ln", "-ln"),
            ("-a -f 10 \u{2013}r 192.0.2.130 -m", "\u{2013}r", "-r"),
            ("\u{2014}help", "\u{2014}help", "--help"),
            ("-L -\u{2013}stats", "-\u{2013}stats", "--stats"),
            (
                "-L --persistent\u{2011}conn",
                "--persistent\u{2011}conn",
                "--persistent-conn",
            ),
            (
                "-D -t 192.0.2.1\u{ff1a}80",
                "192.0.2.1\u{ff1a}80",
                "192.0.2.1:80",
            ),
            ("-A -f 1 -s \u{201c}rr\u{201d}", "\u{201c}rr\u{201d}", "rr"),
            ("-A -f \u{ff11}\u{ff12}", "\u{ff11}\u{ff12}", "12"),
        ] {
            let said = said(line);
            assert!(said.starts_with(&format!("'{word}' contains")), "{said}");
            assert!(said.ends_with(&format!("write '{meant}'")), "{said}");
        }
    }

    #[test]
    fn what_was_copied_with_it() {
        for (line, expected) in [
            ("[root@lvs ~]# ipvsadm -Ln", "'[root@lvs ~]#' is the prompt"),
            ("# ipvsadm -Ln", "'#' is the prompt"),
            ("$ -Ln", "'$' is the prompt"),
            (
                "user@lvs:~$ sudo ipvsadm -Ln",
                "'user@lvs:~$' is the prompt",
            ),
            ("sudo -Ln", "leave 'sudo' out"),
            ("/sbin/ipvsadm -L", "leave '/sbin/ipvsadm' out"),
            ("-A -t 192.0.2.1:80 -s rr # web", "'#' begins a comment"),
            ("-A -t 192.0.2.1:80 #web", "'#web' begins a comment"),
            (
                "-a -f 1 -r 192.0.2.2 -mipvsadm -Ln",
                "joined at '-mipvsadm'",
            ),
            ("-A -f 1 -s rr ipvsadm -Ln", "joined at 'ipvsadm'"),
            ("-p", "'sysctl -p'"),
            ("-p /etc/sysctl.conf", "'sysctl -p /etc/sysctl.conf'"),
        ] {
            let said = said(line);
            assert!(said.contains(expected), "{line}: {said}");
        }
    }

    #[test]
    fn what_is_no_slip() {
        for line in [
            "",
            "-Ln",
            "-L x",
            "list",
            "-A -t vip:80 -s \u{e9}",
            "-p 5 -t vip:80",
            "--netns=ipvsadm",
        ] {
            assert_eq!(said(line), "", "{line}");
        }
    }
}
