//! The names and numbers of the kernel's IPVS interface against its header, `linux/ip_vs.h`, of the newest kernel that
//! Debian has: a command, an attribute or a flag that is new there fails this test, and can then be decided on.
//!
//! Nothing is installed: Debian's package linux-libc-dev is unpacked into the cache of `tests/vm`. Once there it stays;
//! to look again, remove `kernel-header-*` from the cache.

use std::collections::BTreeMap;
use std::fs;

use ipvsadm::kernel::ipvs::uapi::{
    self, Command, CommandAttribute, DaemonAttribute, DestAttribute, InfoAttribute, KernelEnum,
    ServiceAttribute, StatsAttribute,
};
use vm::packages::{self, Selection};

/// The header's names with their numbers: of `enum` and of `#define`.
type Names = BTreeMap<String, u64>;

fn header() -> String {
    let root = packages::fetch(&Selection {
        name: "kernel-header",
        suite: "sid",
        packages: &["linux-libc-dev"],
        follow: &[],
        skip: &[],
    })
    .unwrap();
    fs::read_to_string(root.join("usr/include/linux/ip_vs.h")).unwrap()
}

fn without_comments(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, comment)) = rest.split_once("/*") {
        plain.push_str(before);
        plain.push(' ');
        rest = comment.split_once("*/").unwrap().1;
    }
    plain + rest
}

/// `5`, `0x10` or `(1 << 4)`.
fn number(text: &str) -> Option<u64> {
    let text = text.trim().trim_start_matches('(').trim_end_matches(')');
    if let Some((value, bits)) = text.split_once("<<") {
        return Some(number(value)? << number(bits)?);
    }
    let word = text.trim();
    match word.strip_prefix("0x") {
        Some(digits) => u64::from_str_radix(digits, 16).ok(),
        None => word.parse().ok(),
    }
}

/// Numbers that are given as `#define NAME NUMBER`.
fn defines(header: &str) -> Names {
    let define = |line: &str| {
        let define = line.strip_prefix("#define ")?;
        let (name, value) = define.split_once(char::is_whitespace)?;
        Some((name.to_owned(), number(value)?))
    };
    without_comments(header)
        .lines()
        .filter_map(define)
        .collect()
}

/// Members of every `enum`, which count on from the one before where no number is given.
fn members(header: &str) -> Names {
    let plain = without_comments(header);
    let code: Vec<&str> = plain
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'))
        .collect();
    let code = code.join("\n");
    let mut names = Names::new();
    for part in code.split("enum").skip(1) {
        let Some((_, body)) = part.split_once('{') else {
            continue;
        };
        let mut next = 0;
        for member in body.split('}').next().unwrap().split(',') {
            let (name, value) = member.split_once('=').unwrap_or((member, ""));
            let name = name.trim();
            if name.is_empty() {
                continue;
            }
            if !value.trim().is_empty() {
                next = number(value.trim()).unwrap_or_else(|| panic!("{member}"));
            }
            names.insert(name.to_owned(), next);
            next += 1;
        }
    }
    names
}

/// Those that begin with a prefix, without the ones that only mark a beginning or an end.
fn with_prefix(names: &Names, prefix: &str) -> Names {
    let is_mark = |name: &str| name.ends_with("_UNSPEC") || name.ends_with("_MAX");
    names
        .iter()
        .filter(|(name, _)| name.starts_with(prefix) && !is_mark(name))
        .map(|(name, number)| (name.clone(), *number))
        .collect()
}

fn ours<T: KernelEnum>(all: &[T]) -> Names {
    all.iter()
        .map(|member| (member.name().to_owned(), u64::from(member.number())))
        .collect()
}

#[test]
fn commands_and_attributes() {
    let header = members(&header());
    let of = |prefix: &str| with_prefix(&header, prefix);
    let mut commands = of("IPVS_CMD_");
    commands.retain(|name, _| !name.starts_with("IPVS_CMD_ATTR_"));
    assert_eq!(ours(Command::ALL), commands);
    assert_eq!(ours(CommandAttribute::ALL), of("IPVS_CMD_ATTR_"));
    assert_eq!(ours(ServiceAttribute::ALL), of("IPVS_SVC_ATTR_"));
    assert_eq!(ours(DestAttribute::ALL), of("IPVS_DEST_ATTR_"));
    assert_eq!(ours(DaemonAttribute::ALL), of("IPVS_DAEMON_ATTR_"));
    assert_eq!(ours(StatsAttribute::ALL), of("IPVS_STATS_ATTR_"));
    assert_eq!(ours(InfoAttribute::ALL), of("IPVS_INFO_ATTR_"));
    // What is in none of these groups is new altogether.
    let groups = [
        "CMD_",
        "SVC_ATTR_",
        "DEST_ATTR_",
        "DAEMON_ATTR_",
        "STATS_ATTR_",
        "INFO_ATTR_",
    ];
    for name in header.keys() {
        let name = name.trim_start_matches('_');
        let known = groups
            .iter()
            .any(|group| name.starts_with(&format!("IPVS_{group}")));
        assert!(known || name.starts_with("IP_VS_"), "{name}");
    }
}

#[test]
fn flags_and_numbers() {
    let header = header();
    let (mut names, defined) = (members(&header), defines(&header));
    names.extend(defined);
    let of = |prefix: &str| with_prefix(&names, prefix);
    let numbers = |prefix: &str, known: &[(&str, u64)]| {
        let known: Names = known
            .iter()
            .map(|(name, number)| (format!("{prefix}{name}"), *number))
            .collect();
        assert_eq!(of(prefix), known);
    };
    let shift = |bit: u32| 1_u64 << (uapi::SVC_F_SCHED_SHIFT + bit);
    numbers(
        "IP_VS_SVC_F_",
        &[
            ("PERSISTENT", uapi::SVC_F_PERSISTENT.into()),
            ("HASHED", 2),
            ("ONEPACKET", uapi::SVC_F_ONEPACKET.into()),
            ("SCHED1", shift(0)),
            ("SCHED2", shift(1)),
            ("SCHED3", shift(2)),
        ],
    );
    numbers(
        "IP_VS_CONN_F_TUNNEL_TYPE_",
        &[
            ("IPIP", uapi::TUNNEL_IPIP.into()),
            ("GUE", uapi::TUNNEL_GUE.into()),
            ("GRE", uapi::TUNNEL_GRE.into()),
        ],
    );
    numbers(
        "IP_VS_TUNNEL_ENCAP_FLAG_",
        &[
            ("NOCSUM", 0),
            ("CSUM", uapi::TUNNEL_FLAG_CSUM.into()),
            ("REMCSUM", uapi::TUNNEL_FLAG_REMCSUM.into()),
        ],
    );
    numbers(
        "IP_VS_STATE_",
        &[
            ("NONE", 0),
            ("MASTER", uapi::STATE_MASTER.into()),
            ("BACKUP", uapi::STATE_BACKUP.into()),
        ],
    );
    for (name, number) in [
        ("FWD_MASK", uapi::CONN_F_FWD_MASK),
        ("MASQ", uapi::CONN_F_MASQ),
        ("LOCALNODE", uapi::CONN_F_LOCALNODE),
        ("TUNNEL", uapi::CONN_F_TUNNEL),
        ("DROUTE", uapi::CONN_F_DROUTE),
        ("BYPASS", uapi::CONN_F_BYPASS),
    ] {
        let name = format!("IP_VS_CONN_F_{name}");
        assert_eq!(names.get(&name), Some(&number.into()), "{name}");
    }
    // Another method to forward would be within the mask.
    let methods = of("IP_VS_CONN_F_").into_iter().filter(|(name, number)| {
        *number < u64::from(uapi::CONN_F_FWD_MASK) && !name.contains("TUNNEL_TYPE")
    });
    assert_eq!(methods.count(), 5);
    let version = names.get("IPVS_GENL_VERSION").copied();
    assert_eq!(version, Some(uapi::FAMILY_VERSION.into()));
    let name = format!("#define IPVS_GENL_NAME\t\t\"{}\"", uapi::FAMILY_NAME);
    assert!(header.contains(&name));
}

/// What is compared is read from the text, whatever its form.
#[test]
fn a_header_is_read() {
    let text = "/* enum { COMMENT } */\n#define A\t(1 << 4) /* of\n two lines */\n#define B \"x\"\n\
                enum {\n\tIPVS_X_UNSPEC = 0,\n\tIPVS_X_ONE,\t/* 1 */\n#define IPVS_X_TWO IPVS_X_ONE\n\
                \tIPVS_X_FIVE = 5, IPVS_X_SIX,\n\t__IPVS_X_MAX,\n};\nenum named { C };\n";
    let all = members(text);
    let expected = [("IPVS_X_FIVE", 5), ("IPVS_X_ONE", 1), ("IPVS_X_SIX", 6)];
    let expected: Names = expected
        .map(|(name, number)| (name.to_owned(), number))
        .into();
    assert_eq!(with_prefix(&all, "IPVS_X_"), expected);
    assert_eq!(all.get("C"), Some(&0));
    assert_eq!(defines(text), Names::from([("A".to_owned(), 16)]));
}
