//! Where we mean to differ from the reference: the only list of it. The manual has all of it and the README the lines
//! that most users meet, word by word; tests see to both.

use super::scenario::{Scenario, Want};

/// One of them.
pub struct Difference {
    pub name: &'static str,
    /// What the reference does.
    pub reference: &'static str,
    /// What we do.
    pub ours: &'static str,
    pub reason: &'static str,
}

const fn difference(
    name: &'static str,
    reference: &'static str,
    ours: &'static str,
    reason: &'static str,
) -> Difference {
    Difference {
        name,
        reference,
        ours,
        reason,
    }
}

pub const ALL: &[Difference] = &[
    difference(
        "command-anywhere",
        "wants the command as the first word, and exits 255 otherwise",
        "takes the command anywhere",
        "scripts, Debian's own among them, write it elsewhere",
    ),
    difference(
        "ipv6-anywhere",
        "refuses `-6` before `-f`",
        "takes `-6` before `-f`",
        "the order of options has no meaning elsewhere",
    ),
    difference(
        "port-names-first",
        "refuses a port name in `-r` before the service",
        "takes it",
        "the service determines the protocol, wherever it stands",
    ),
    difference(
        "hexadecimal-marks",
        "refuses a firewall mark in hexadecimal, as nft and iptables print it",
        "takes `-f 0x10` for `-f 16`",
        "what one tool prints, the other should read",
    ),
    difference(
        "dash-of-save",
        "ignores `–n` (an en dash, as word processors set it) in `ipvsadm-save`, and so saves names",
        "refuses it",
        "a mistyped option is not an operand",
    ),
    difference(
        "lone-comma",
        "crashes on `-b ,`",
        "reads `-b ,` as no flags",
        "empty parts of the list are skipped",
    ),
    difference(
        "ipv6-names",
        "refuses names of IPv6 addresses, though it saves them as `[name]:port`",
        "takes them, in brackets or not",
        "what is saved can be restored",
    ),
    difference(
        "order",
        "puts 10.0.0.1 after 192.168.0.1, and 2001:db8::1 after fd00::1, because its comparison overflows",
        "sorts by address",
        "the manual says so",
    ),
    difference(
        "connections-of-service",
        "refuses a service with `-L -c`",
        "lists the connections of that service",
        "it is what most who list them look for",
    ),
    difference(
        "large-marks",
        "shows and saves firewall marks over 2147483647 as negative numbers, which it then refuses",
        "shows and saves the mark that was given",
        "what is saved can be restored",
    ),
    difference(
        "nameless-flags",
        "leaves out a scheduler flag that has no name under its scheduler, and saves an empty `-b`",
        "calls it `flag-1`, `flag-2` or `flag-3`",
        "what is saved can be restored",
    ),
    difference(
        "unknown-flags",
        "does not show or save a service's flags that it does not know, and clears them in `-E`",
        "keeps them, and shows and saves them as bits, such as `-b 0x40`",
        "a newer kernel may have more flags",
    ),
    difference(
        "thresholds-saved",
        "loses `-x` and `-y` in `-S`",
        "saves them as ` -x U -y L` at the end of the line",
        "what is saved can be restored",
    ),
    difference(
        "names-saved-whole",
        "cuts long host names in `-S`",
        "saves host names whole",
        "what is saved can be restored",
    ),
    difference(
        "names-saved-readable",
        "saves whatever name a reverse lookup gives",
        "saves a name only if it is read back as the same address or port, and the number otherwise",
        "what is saved can be restored",
    ),
    difference(
        "restore-comments",
        "refuses `#` lines in `-R`, and indented ones in `ipvsadm-restore`",
        "skips them, indented or not",
        "`ipvsadm-restore` always did",
    ),
    difference(
        "restore-whole",
        "clears the table in `ipvsadm-restore`, and then leaves it with the lines before a bad one",
        "replaces the table whole, or leaves it as it was; fills an empty one with every line that can be applied and contradicts no earlier one",
        "half a table is worse than the one that was there, and better than none",
    ),
    difference(
        "restore-duplicates",
        "fails in `ipvsadm-restore` where the last line is there twice",
        "counts a line that is equal to an earlier one once, with a warning",
        "the table is what the rules say",
    ),
    difference(
        "restore-changes-only",
        "prints what `-L`, `-S`, `-v` and `-h` lines ask for, in `ipvsadm-restore` too",
        "refuses them there",
        "a table is made of changes",
    ),
    difference(
        "restore-operands",
        "clears the table in `ipvsadm-restore FILE < /dev/null`: it ignores its arguments",
        "takes the options of its manual page, and no operands",
        "the file was meant to be read",
    ),
    difference(
        "restore-long-lines",
        "reads lines of any length",
        "refuses lines of more than 64 KiB",
        "the author of the rules must not decide how much memory they take",
    ),
    difference(
        "restore-status",
        "exits with the status of the last line of `-R`",
        "exits with the status of the last line that failed, if any did",
        "a failure in the middle is a failure",
    ),
    difference(
        "restore-goes-on",
        "ends at a `-v` or `-h` line in `-R`",
        "goes on with the next line",
        "the rest of the rules would silently be lost",
    ),
    difference(
        "rights-asked-late",
        "exits with 2 for whoever is not root, before it looks at the command line",
        "needs root's rights only for what the kernel asks them for, and lists for everybody what /proc shows to everybody",
        "a mistake in the command line is no secret, and monitoring needs no root",
    ),
    difference(
        "help-and-version",
        "prints its own text for `-h` and `-v`, and neither where the kernel has no IPVS",
        "prints another one anywhere, which begins with `ipvsadm v` and the version too; `-v` still loads IPVS, and exits with 2 without",
        "it is another program",
    ),
];

/// The lines for the README: those of its table are to be among them.
pub fn markdown() -> String {
    let lines: String = ALL.iter().map(|entry| row(entry) + "\n").collect();
    format!("| ipvsadm 1.31 | here | because |\n|---|---|---|\n{lines}")
}

fn row(entry: &Difference) -> String {
    format!(
        "| {} | {} | {} |",
        entry.reference, entry.ours, entry.reason
    )
}

/// The list for the manual: items of an mdoc(7) list.
pub fn mdoc() -> String {
    let item = |entry: &Difference| {
        let (reference, ours) = (roff(entry.reference), roff(entry.ours));
        let reason = roff(entry.reason);
        format!(".It\n1.31 {reference}.\nThis program {ours}, because {reason}.\n")
    };
    ALL.iter().map(item).collect()
}

/// Text as a manual has it: what is in backticks is bold, with hyphens that are typed.
fn roff(text: &str) -> String {
    let part = |(index, part): (usize, &str)| match index % 2 {
        0 => part.to_owned(),
        _ => {
            let typed = part.replace('-', r"\-").replace('–', r"\[en]");
            // A blank at the end or the beginning is part of what is typed.
            format!(r"\fB{}\fR", typed.replace(' ', r"\ "))
        }
    };
    text.split('`').enumerate().map(part).collect()
}

/// Every difference has a command line, and every command line's difference is listed.
pub fn check(scenarios: &[Scenario]) -> Result<(), String> {
    let wants = scenarios
        .iter()
        .flat_map(|scenario| &scenario.steps)
        .map(|step| &step.want);
    let used: Vec<&str> = wants
        .filter_map(|want| match want {
            Want::Same => None,
            Want::Different(name, _) => Some(*name),
        })
        .collect();
    if let Some(entry) = ALL.iter().find(|entry| !used.contains(&entry.name)) {
        return Err(format!(
            "no command line shows the difference '{}'",
            entry.name
        ));
    }
    match used
        .iter()
        .find(|name| ALL.iter().all(|entry| entry.name != **name))
    {
        None => Ok(()),
        Some(name) => Err(format!("'{name}' is not in the list of differences")),
    }
}

/// The manual has the list, whole and in its order, and each row of the README's table is one of the list's.
pub fn check_documents() -> Result<(), String> {
    let read = |name: &str| {
        let path = format!("{}/{name}", env!("CARGO_MANIFEST_DIR"));
        std::fs::read_to_string(&path).map_err(|error| format!("{path}: {error}"))
    };
    let (manual, readme) = (read("man/ipvsadm.8")?, read("README.md")?);
    if !manual.contains(&format!(".Bl -bullet\n{}.El\n", mdoc())) {
        return Err("man/ipvsadm.8 does not have the list of differences as \
             cargo test --test kernel -- --print-differences prints it"
            .to_owned());
    }
    let (_, section) = readme
        .split_once("## Differences from ipvsadm 1.31\n")
        .ok_or("README.md has no section on the differences")?;
    let section = section.split("\n## ").next().unwrap_or(section);
    let rows: Vec<&str> = section
        .lines()
        .filter(|line| line.starts_with('|'))
        .collect();
    let heads = markdown();
    let known: Vec<&str> = heads.lines().collect();
    match rows.iter().find(|row| !known.contains(row)) {
        Some(row) => Err(format!("README.md has a difference of its own:\n{row}")),
        None if rows.len() < 8 => Err("README.md has no table of differences".to_owned()),
        None => Ok(()),
    }
}
