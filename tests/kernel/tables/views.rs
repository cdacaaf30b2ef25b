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
/// Persistence engines with and without persistence.
const ENGINES: &str = "\
-A -u 1.1.1.1:5060 -s rr --pe sip
-A -u 1.1.1.1:5061 -s rr --pe sip -o
-A -u 1.1.1.1:5062 -s rr -p 90 --pe sip -o
-A -f 5 -s sh --pe sip -b sh-port
";
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
    let mut scenarios = each("views", RICH, lines.iter().map(String::as_str));
    let engines = VIEWS.iter().map(|view| format!("-Ln {view}"));
    let engines: Vec<String> = engines.chain(["-Sn".to_owned()]).collect();
    let engines = engines.iter().map(String::as_str);
    scenarios.extend(each("views::engines", ENGINES, engines));
    scenarios
}
