//! Every view of a table that has everything in it.

use super::each;
use crate::pairwise;
use crate::scenario::Scenario;

/// Every kind of service and server, long names among them. In the very form that -S has.
pub const RICH: &str = include_str!("rich.rules");

const VIEWS: &[&str] = &[
    "",
    "--stats",
    "--rate",
    "--thresholds",
    "--persistent-conn",
    "--tun-info",
];
const SERVICES: &[&str] = &[
    "-t 1.1.1.1:80",
    "-t 1.2.3.4:80",
    "-t vip.example.com:https",
    "-u 1.1.1.1:5060",
    "--sctp-service 1.1.1.1:80",
    "-t 0.0.0.0:0",
    "-t [2001:db8::1]:80",
    "-u [2001:db8::1]:53",
    "-f 5",
    "-f 6 -6",
    "-f 2147483647",
    "-f 6",
];
const OTHERS: [&str; 14] = [
    "-L -c",
    "-L -n -c",
    "-L -c --persistent-conn",
    "-L -n -c --persistent-conn --nosort --exact",
    "-L --timeout",
    "-L --daemon",
    "",
    "-L --stats --rate",
    "-L --rate --stats",
    "-L --thresholds --tun-info",
    "-L --tun-info --persistent-conn",
    "-L --persistent-conn --thresholds --stats --rate --tun-info",
    "-L -n --syncid 1",
    "-L -n --sort --nosort",
];

pub fn scenarios() -> Vec<Scenario> {
    let mut lines = Vec::new();
    for service in ["", "-t 1.1.1.1:80"] {
        for view in VIEWS {
            for numeric in ["", "-n"] {
                for exact in ["", "--exact"] {
                    for order in ["", "--nosort"] {
                        let words = ["-L", service, view, numeric, exact, order];
                        let words: Vec<&str> =
                            words.into_iter().filter(|word| !word.is_empty()).collect();
                        lines.push(words.join(" "));
                    }
                }
            }
        }
    }
    lines.extend(pairwise::rows(&[
        &["-L"],
        SERVICES,
        VIEWS,
        &["-n", ""],
        &["", "--nosort"],
    ]));
    lines.extend(OTHERS.map(str::to_owned));
    let mut seen = std::collections::HashSet::new();
    lines.retain(|line| seen.insert(line.clone()));
    each("views", RICH, lines.iter().map(String::as_str))
}
