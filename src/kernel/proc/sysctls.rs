//! The settings of IPVS in a network namespace, as /proc/sys/net/ipv4/vs shows them.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::model::sysctl::{self, EST_CPULIST, RUN_ESTIMATION, SYSCTLS};

/// Where the kernel shows the settings of the namespace that the calling thread is in.
pub const DIRECTORY: &str = "/proc/sys/net/ipv4/vs";
/// A setting that only the first network namespace has.
const OF_FIRST_NAMESPACE: &str = "/proc/sys/net/core/dev_weight";

/// The settings of one network namespace. Those that the kernel does not have, or does not show there, are missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sysctls {
    values: BTreeMap<String, String>,
    first_namespace: bool,
}

/// A setting that has another value than the kernel begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Changed<'a> {
    pub name: &'a str,
    pub value: &'a str,
    pub default: &'static str,
}

impl Sysctls {
    /// Reads the settings of the namespace that the calling thread is in: a thread that works in another one calls
    /// this in [`Netns::inside`](crate::sys::netns::Netns::inside).
    pub fn read() -> Sysctls {
        let entries = fs::read_dir(DIRECTORY).into_iter().flatten().flatten();
        let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
        Sysctls {
            values: names
                .filter_map(|name| Some((value(&name)?, name)))
                .map(|(value, name)| (name, value))
                .collect(),
            first_namespace: Path::new(OF_FIRST_NAMESPACE).exists(),
        }
    }

    /// Settings that were read elsewhere.
    pub fn of(values: &[(&str, &str)], first_namespace: bool) -> Sysctls {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Sysctls {
            values: values.iter().map(own).collect(),
            first_namespace,
        }
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The value of a setting as the kernel shows it, with blanks for tabs.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.values.get(name).map(String::as_str)
    }

    /// The value of a setting that is one number.
    pub fn number(&self, name: &str) -> Option<i64> {
        self.get(name)?.parse().ok()
    }

    /// The settings that are one number, by name; a list of one processor is none.
    pub fn numbers(&self) -> impl Iterator<Item = (&str, i64)> {
        let values = self.values.iter().filter(|(name, _)| *name != EST_CPULIST);
        values.filter_map(|(name, value)| Some((name.as_str(), value.parse().ok()?)))
    }

    /// The settings that differ from the kernel's defaults, as far as these are known; by name.
    pub fn changed(&self) -> impl Iterator<Item = Changed<'_>> {
        SYSCTLS.iter().filter_map(|sysctl| {
            let default = sysctl.default.value(self.first_namespace)?;
            let value = self.get(sysctl.name)?;
            (value != default).then_some(Changed {
                name: sysctl.name,
                value,
                default,
            })
        })
    }

    /// The settings that this program knows nothing of, with their values.
    pub fn unknown(&self) -> impl Iterator<Item = (&str, &str)> {
        let values = self.values.iter();
        values
            .filter(|(name, _)| sysctl::find(name).is_none())
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Whether the kernel adds up no counters and works out no rates in the namespace that the calling thread is in:
/// those that it shows stand still.
pub fn estimation_is_off() -> bool {
    value(RUN_ESTIMATION).as_deref() == Some("0")
}

/// The value of one setting; `None` where it cannot be read, or has a form that none of the kernel's has.
fn value(name: &str) -> Option<String> {
    plain(&fs::read_to_string(format!("{DIRECTORY}/{name}")).ok()?)
}

/// A value without the end of its line.
fn plain(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split_ascii_whitespace().collect();
    let value = words.join(" ");
    let is_plain = value.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    is_plain.then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_one_line() {
        assert_eq!(plain("3\t50\n").as_deref(), Some("3 50"));
        assert_eq!(plain("-4\n").as_deref(), Some("-4"));
        assert_eq!(plain("").as_deref(), Some(""));
        assert_eq!(plain("\x1b[2J"), None);
        assert_eq!(plain("größe"), None);
    }

    #[test]
    fn what_differs_depends_on_the_namespace() {
        let values = [
            ("conn_lfactor", "-2"),
            ("conntrack", "1"),
            ("drop_entry", "0"),
            ("est_cpulist", "0"),
            ("new_one", "5"),
            ("sync_threshold", "3 50"),
        ];
        let conntrack = Changed {
            name: "conntrack",
            value: "1",
            default: "0",
        };
        let lfactor = Changed {
            name: "conn_lfactor",
            value: "-2",
            default: "-4",
        };
        let first = Sysctls::of(&values, true);
        assert_eq!(first.changed().collect::<Vec<_>>(), [lfactor, conntrack]);
        let other = Sysctls::of(&values, false);
        assert_eq!(other.changed().collect::<Vec<_>>(), [conntrack]);
        assert_eq!(other.unknown().collect::<Vec<_>>(), [("new_one", "5")]);
        assert_eq!(other.number("conn_lfactor"), Some(-2));
        assert_eq!(other.number("sync_threshold"), None);
        assert_eq!(other.get("conn_max"), None);
        let numbers: Vec<i64> = other.numbers().map(|(_, number)| number).collect();
        assert_eq!(numbers, [-2, 1, 0, 5]);
    }
}
