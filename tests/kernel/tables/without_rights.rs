//! What a caller without rights gets, where the reference refuses it everything.

use super::BASE;
use crate::scenario::{Instead, Line, Scenario, Stdout};

/// What precedes the size of the connection table, which differs between kernels.
const BEFORE_SIZE: &str = "IP Virtual Server version 1.2.1 (size=";

/// The table of [`BASE`] as /proc shows it to everybody, after the size of the connection table.
const VISIBLE: &str = concat!(
    ")\n",
    "Prot LocalAddress:Port Scheduler Flags\n",
    "  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n",
    "TCP  1.1.1.1:80 rr\n",
    "  -> 2.2.2.2:81                   Masq    3      0          0         \n",
    "  -> 2.2.2.3:80                   Tunnel  5      0          0         \n",
    "UDP  1.1.1.1:53 wrr persistent 60\n",
    "SCTP 1.1.1.1:80 wlc\n",
    "TCP  [2001:db8::1]:80 rr\n",
    "  -> [2001:db8::2]:80             Masq    1      0          0         \n",
    "FWM  7 wlc\n",
    "  -> 2.2.2.2:0                    Route   1      0          0         \n",
    "FWM  8 ? lc\n",
);

pub fn scenarios() -> Vec<Scenario> {
    let differs = |line: Line, instead: Instead| {
        Scenario::line("wanted", BASE, line.unprivileged()).differs("rights-asked-late", instead)
    };
    let usage = |line: &str| {
        let instead = Instead {
            status: Some(255),
            ..Instead::default()
        };
        differs(Line::new(line), instead)
    };
    let succeeds = |line: &str, text: &str| {
        let instead = Instead {
            status: Some(0),
            stdout: Some(Stdout::Exactly(text.to_owned())),
            stderr: Some(false),
            ..Instead::default()
        };
        differs(Line::new(line), instead)
    };
    // What everybody can read in /proc; a word on standard error says what is missing.
    let lists = |line: &str, stdout: Stdout| {
        let instead = Instead {
            status: Some(0),
            stdout: Some(stdout),
            ..Instead::default()
        };
        differs(Line::new(line), instead)
    };
    let named = || Stdout::Around(BEFORE_SIZE, "\nFWM  8 ? lc\n");
    vec![
        lists("", named()),
        lists("-L", named()),
        lists("-Ln", Stdout::Around(BEFORE_SIZE, VISIBLE)),
        lists(
            "-L -t 1.1.1.1:80",
            Stdout::Around(
                "Prot LocalAddress:Port Scheduler Flags\n",
                "Tunnel  5      0          0         \n",
            ),
        ),
        usage("-q"),
        usage("--bogus"),
        usage("-L --bogus"),
        succeeds("-R", ""),
        succeeds(
            "-L -c",
            "IPVS connection entries\n\
             pro expire state       source             virtual            destination\n",
        ),
    ]
}
