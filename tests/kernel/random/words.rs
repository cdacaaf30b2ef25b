//! The words of a line as options with their values, and what the reference has to be given to do what ours does
//! where a difference of [`crate::differences`] lies in the words.

/// Options with a value, by their letters and names. The value of the last of each may be missing.
const SHORT_VALUES: &str = "tufsMbrwxy";
const OPTIONAL: (char, &str) = ('p', "persistent");
const LONG_VALUES: &[&str] = &[
    "tcp-service",
    "udp-service",
    "sctp-service",
    "fwmark-service",
    "scheduler",
    "netmask",
    "sched-flags",
    "real-server",
    "weight",
    "u-threshold",
    "l-threshold",
    "tun-type",
    "tun-port",
    "pe",
    "mcast-interface",
    "syncid",
    "sync-maxlen",
    "mcast-group",
    "mcast-port",
    "mcast-ttl",
    "start-daemon",
    "stop-daemon",
];
const COMMANDS: &str = "AEDCRSaedLlZhv";
const LONG_COMMANDS: &[&str] = &[
    "add-service",
    "edit-service",
    "delete-service",
    "clear",
    "restore",
    "save",
    "add-server",
    "edit-server",
    "delete-server",
    "list",
    "zero",
    "set",
    "start-daemon",
    "stop-daemon",
    "help",
    "version",
];
/// Names of ports by protocol, as far as the scripts use them.
const PORTS: &[(&str, &[&str], &str)] = &[
    ("http", &["t"], "80"),
    ("https", &["t", "u"], "443"),
    ("domain", &["t", "u"], "53"),
    ("sip", &["t", "u"], "5060"),
    ("tftp", &["u"], "69"),
];

/// An option or a word that belongs to none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// A letter, a long name, or nothing for a word by itself.
    pub name: String,
    pub value: Option<String>,
}

impl Token {
    fn is(&self, names: &[&str]) -> bool {
        names.contains(&self.name.as_str())
    }

    pub fn is_command(&self) -> bool {
        match self.name.chars().count() {
            1 => COMMANDS.contains(&self.name),
            _ => self.is(LONG_COMMANDS),
        }
    }

    pub fn is_listing(&self) -> bool {
        self.is(&["L", "l", "list"])
    }

    pub fn is_saving(&self) -> bool {
        self.is(&["S", "save"])
    }

    pub fn is_service(&self) -> bool {
        self.protocol().is_some() || self.is_mark()
    }

    fn protocol(&self) -> Option<&'static str> {
        const NAMES: [(&str, &str); 5] = [
            ("t", "t"),
            ("tcp-service", "t"),
            ("u", "u"),
            ("udp-service", "u"),
            ("sctp-service", "s"),
        ];
        let found = NAMES.iter().find(|(name, _)| *name == self.name)?;
        Some(found.1)
    }

    fn is_mark(&self) -> bool {
        self.is(&["f", "fwmark-service"])
    }

    pub fn is_six(&self) -> bool {
        self.is(&["6", "ipv6"])
    }

    /// As words again, each value in a word of its own.
    pub fn words(&self) -> Vec<String> {
        let name = match self.name.chars().count() {
            0 => None,
            1 => Some(format!("-{}", self.name)),
            _ => Some(format!("--{}", self.name)),
        };
        match (&name, &self.value) {
            // Only attached it is surely its value.
            (Some(name), Some(value)) if self.is(&[OPTIONAL.1]) => vec![format!("{name}={value}")],
            (Some(name), Some(value)) if self.name == OPTIONAL.0.to_string() => {
                vec![format!("{name}{value}")]
            }
            _ => name.into_iter().chain(self.value.clone()).collect(),
        }
    }
}

/// Takes words apart as the reference's library does.
pub fn tokens(words: &[String]) -> Vec<Token> {
    let mut all = Vec::new();
    let mut words = words.iter().peekable();
    let token = |name: &str, value: Option<String>| Token {
        name: name.to_owned(),
        value,
    };
    while let Some(word) = words.next() {
        let optional = |words: &mut std::iter::Peekable<std::slice::Iter<'_, String>>| {
            words.next_if(|word| !word.starts_with('-')).cloned()
        };
        if let Some(body) = word.strip_prefix("--").filter(|body| !body.is_empty()) {
            let (name, attached) = match body.split_once('=') {
                Some((name, value)) => (name, Some(value.to_owned())),
                None => (body, None),
            };
            let value = match attached {
                Some(value) => Some(value),
                None if name == OPTIONAL.1 => optional(&mut words),
                None if LONG_VALUES.contains(&name) => words.next().cloned(),
                None => None,
            };
            all.push(token(name, value));
        } else if let Some(cluster) = word.strip_prefix('-').filter(|rest| !rest.is_empty()) {
            for (at, letter) in cluster.char_indices() {
                let takes = SHORT_VALUES.contains(letter) || letter == OPTIONAL.0;
                let name = letter.to_string();
                if !takes {
                    all.push(token(&name, None));
                    continue;
                }
                let rest = &cluster[at + letter.len_utf8()..];
                let rest = rest.strip_prefix('=').unwrap_or(rest);
                let value = match rest {
                    "" if letter == OPTIONAL.0 => optional(&mut words),
                    "" => words.next().cloned(),
                    _ => Some(rest.to_owned()),
                };
                all.push(token(&name, value));
                break;
            }
        } else {
            all.push(token("", Some(word.clone())));
        }
    }
    all
}

/// The words with which the reference does what ours does with these, if they are others.
pub fn for_reference(words: &[String]) -> Option<Vec<String>> {
    let before = tokens(words);
    let mut after = before.clone();
    command_first(&mut after);
    mark_first(&mut after);
    ports_as_numbers(&mut after);
    (after != before).then(|| after.iter().flat_map(Token::words).collect())
}

/// The difference `command-anywhere`.
fn command_first(tokens: &mut Vec<Token>) {
    if let Some(index) = tokens.iter().position(Token::is_command)
        && tokens[..index].iter().all(|token| !token.name.is_empty())
    {
        let command = tokens.remove(index);
        tokens.insert(0, command);
    }
}

/// The difference `ipv6-anywhere`: a mistake after it counts.
fn mark_first(tokens: &mut Vec<Token>) {
    let six = tokens.iter().position(Token::is_six);
    let mark = tokens.iter().position(Token::is_mark);
    let Some(six) = six.filter(|six| mark.is_none_or(|mark| *six < mark)) else {
        return;
    };
    let six = tokens.remove(six);
    match mark {
        None => tokens.push(six),
        Some(mark) if tokens[mark - 1].value.is_some() => tokens.insert(mark, six),
        // It would be taken for the missing mark.
        Some(_) => {}
    }
}

/// The difference `port-names-first`.
fn ports_as_numbers(tokens: &mut [Token]) {
    let Some(service) = tokens.iter().position(Token::is_service) else {
        return;
    };
    // Under a mark a name is TCP's, or else UDP's.
    let of: &[&str] = match tokens[service].protocol() {
        Some("t") => &["t"],
        Some("u") => &["u"],
        Some(_) => &[],
        None => &["t", "u"],
    };
    for token in &mut tokens[..service] {
        let named = token
            .value
            .as_deref()
            .and_then(|value| value.rsplit_once(':'));
        if let (true, Some((host, name))) = (token.is(&["r", "real-server"]), named) {
            let number = PORTS.iter().find(|(port, protocols, _)| {
                *port == name && of.iter().any(|protocol| protocols.contains(protocol))
            });
            if let Some((_, _, number)) = number {
                token.value = Some(format!("{host}:{number}"));
            }
        }
    }
}
