//! A word to whoever changes a table by hand that a program keeps.

use crate::sys::managers::{Running, running};
use crate::sys::netns::Netns;

/// Names the programs that keep a table in this network namespace, if any run there.
pub fn notice(netns: &Netns) -> Option<String> {
    // Where it cannot be entered, the command itself fails, and says so.
    words(&running(netns).unwrap_or_default())
}

fn words(running: &[Running]) -> Option<String> {
    let mut names: Vec<&str> = running.iter().map(|found| found.manager.name()).collect();
    names.dedup();
    let (last, others) = names.split_last()?;
    Some(match others {
        [] => format!("{last} runs here and will put its own table back"),
        others => format!(
            "{} and {last} run here and will put their own tables back",
            others.join(", ")
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sys::managers::Manager::{self, Keepalived, KubeProxy, Ldirectord};

    #[test]
    fn each_program_is_named_once() {
        let said = |managers: &[Manager]| {
            let running: Vec<Running> = (1..)
                .zip(managers)
                .map(|(pid, &manager)| Running { manager, pid })
                .collect();
            words(&running).unwrap_or_default()
        };
        assert_eq!(said(&[]), "");
        let alone = "keepalived runs here and will put its own table back";
        assert_eq!(said(&[Keepalived]), alone);
        assert_eq!(said(&[Keepalived, Keepalived, Keepalived]), alone);
        assert_eq!(
            said(&[Keepalived, Keepalived, KubeProxy]),
            "keepalived and kube-proxy run here and will put their own tables back"
        );
        assert_eq!(
            said(&[Keepalived, Ldirectord, KubeProxy]),
            "keepalived, ldirectord and kube-proxy run here and will put their own tables back"
        );
    }
}
