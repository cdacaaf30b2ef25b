//! Any bytes as a JSON document: rules, each of which can be written as a command line, or an error.

use ipvsadm::cli::command::{Restore, RestoreMode, RuleChange};
use ipvsadm::commands::restore::json;
use ipvsadm::error::Error;
use ipvsadm::exit_status::ExitStatus;
use ipvsadm::run::Session;
use ipvsadm::sys::netns::Netns;

use super::comes_back;

pub fn check(input: &[u8]) {
    let mut out = Vec::new();
    let mut reported = 0;
    let mut report = |text: &str| {
        assert!(!text.is_empty());
        reported += 1;
    };
    let mut session = Session::new(Netns::Own, &mut out, &mut report);
    let wanted = Restore::new(RestoreMode::Atomic);
    match json::read(&mut &*input, &wanted, &mut session) {
        Ok(rules) => {
            for rule in rules.changes() {
                match rule {
                    RuleChange::Make(change) => comes_back(change),
                    other => panic!("no document can say {other:?}"),
                }
            }
            assert_eq!(reported, 0);
        }
        Err(error) => {
            assert!(!error.to_string().is_empty());
            assert!(Error::from(error).exit_status(false) != ExitStatus::Success);
        }
    }
}
