//! The kernel's settings of IPVS: those that the manual page describes are in the program's table, and the table is that
//! of the kernel, with the same defaults.

use ipvsadm::model::sysctl::{self, SYSCTLS, Sysctl};

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

/// The manual describes settings of the program's own table, with the same defaults.
#[test]
fn settings_are_those_of_the_table() {
    let settings = settings(&page::source(page::PAGES[0]));
    assert!(settings.len() >= 10, "only {} settings", settings.len());
    for setting in settings {
        let known = sysctl::find(&setting.name).unwrap_or_else(|| panic!("{setting:?}"));
        let default = known.default.value(true);
        assert_eq!(default, Some(setting.default.as_str()), "{setting:?}");
        assert_eq!(known.since, setting.since, "{setting:?}");
    }
}

/// A script that fails where the kernel of this version, in its first network namespace or in another one, has other
/// settings than the table, or other defaults.
pub fn script(version: (u32, u32)) -> String {
    let names: Vec<&str> = SYSCTLS.iter().map(|sysctl| sysctl.name).collect();
    format!(
        "modprobe -a ip_vs_lblc ip_vs_lblcr\n\
         ip netns add settings\n\
         cat >/tmp/settings-elsewhere <<'END'\n{elsewhere}END\n\
         ip netns exec settings sh /tmp/settings-elsewhere || failed=1\n\
         {here}\
         for name in $(ls /proc/sys/net/ipv4/vs); do\n\
         case ' {names} ' in *\" $name \"*) ;; *) failed=1; echo \"$name: unknown\"; esac\n\
         done\n\
         exit $failed\n",
        elsewhere = comparison(version, false) + "exit $failed\n",
        here = comparison(version, true),
        names = names.join(" ")
    )
}

/// Sets `failed` to 1 where a setting of the namespace is not as the table has it.
fn comparison(version: (u32, u32), first_namespace: bool) -> String {
    let mut script = "failed=${failed:-0}\n".to_owned();
    for Sysctl {
        name,
        default,
        since,
    } in SYSCTLS
    {
        let expected = match default.value(first_namespace) {
            _ if version < since => "none",
            Some(value) => value,
            None => "*",
        };
        script.push_str(&format!(
            "saw=$(cat /proc/sys/net/ipv4/vs/{name} 2>/dev/null | tr '\\t' ' ')\n\
             case \"${{saw:-none}}\" in {pattern}) ;; *) failed=1; echo '{name}: not {expected}, but' $saw; esac\n",
            pattern = expected.replace(' ', "\\ ")
        ));
    }
    script
}
