//! The kernel's settings that the manual page names: each is there, with the default that the page gives.

use crate::page;

/// A setting: `.It Li NAME Pq DEFAULT`, with ` since VERSION` where older kernels lack it.
#[derive(Debug, PartialEq)]
pub struct Setting {
    pub name: String,
    pub default: String,
    pub since: (u32, u32),
}

/// The settings of the page.
pub fn settings(source: &str) -> Vec<Setting> {
    let lines = page::section(source, "KERNEL SETTINGS");
    let heads = lines.filter_map(|line| line.strip_prefix(".It Li "));
    heads
        .map(|head| {
            let (name, rest) = head.split_once(" Pq ").unwrap();
            let (default, since) = match rest.split_once(" , since ") {
                Some((default, version)) => (default, parse_version(version)),
                None => (rest, (0, 0)),
            };
            Setting {
                name: name.to_owned(),
                default: default.to_owned(),
                since,
            }
        })
        .collect()
}

/// Such as `6.1`.
pub fn parse_version(version: &str) -> (u32, u32) {
    let (major, minor) = version.split_once('.').unwrap();
    (major.parse().unwrap(), minor.parse().unwrap())
}

/// A script that fails where the kernel of this version, in its first network namespace, says something else.
pub fn script(source: &str, version: (u32, u32)) -> String {
    let settings = settings(source);
    assert!(settings.len() >= 10, "only {} settings", settings.len());
    let mut script = "failed=0\n".to_owned();
    for Setting {
        name,
        default,
        since,
    } in settings
    {
        let expected = if version >= since { &default } else { "none" };
        script.push_str(&format!(
            "saw=$(cat /proc/sys/net/ipv4/vs/{name} 2>/dev/null | tr '\\t' ' ')\n\
             [ \"${{saw:-none}}\" = '{expected}' ] || {{ failed=1; echo '{name}: not {expected}, but' $saw; }}\n"
        ));
    }
    script + "exit $failed\n"
}
