//! Services and servers that are added or edited, by the rule that each is saved as.

use super::change;
use crate::format::labels::Labels;
use crate::format::rules;
use crate::model::Change;

/// The saved form of what a command line adds or sets.
fn saved(line: &str) -> String {
    let mut text = String::new();
    let labels = Labels::default();
    match change(line) {
        Change::AddService(service) | Change::EditService(service) => {
            rules::service(&mut text, &service, &labels);
        }
        Change::AddServer(id, server) | Change::EditServer(id, server) => {
            rules::server(&mut text, &id, &server, &labels);
        }
        other => panic!("{line}: {other:?}"),
    }
    text
}

#[test]
fn saved_as_by_the_reference() {
    for (line, rule) in [
        ("-A -t 1.2.3.4:80 -p 010", "-A -t 1.2.3.4:80 -s wlc -p 10"),
        ("-A -t 1.2.3.4:80 -p +5", "-A -t 1.2.3.4:80 -s wlc -p 5"),
        ("-A -t 1.2.3.4:80 -p ' 5'", "-A -t 1.2.3.4:80 -s wlc -p 5"),
        ("-A -t 1.2.3.4:+5", "-A -t 1.2.3.4:5 -s wlc"),
        ("-A -t 10.1:80", "-A -t 10.0.0.1:80 -s wlc"),
        ("-A -t 0x0a.1:80", "-A -t 10.0.0.1:80 -s wlc"),
        ("-A -t 16909060:80", "-A -t 1.2.3.4:80 -s wlc"),
        ("-A -t '1.2.3.4 x:80'", "-A -t 1.2.3.4:80 -s wlc"),
        ("-A -t 012.0.0.1:80", "-A -t 10.0.0.1:80 -s wlc"),
        (
            "-A -t 2001:db8::1:80 -p",
            "-A -t [2001:db8::1:80]:0 -s wlc -p 360",
        ),
        ("-A -t vip.example:80", "-A -t 10.0.0.1:80 -s wlc"),
        (
            "-A -t 1.2.3.4:80 -p -M 24",
            "-A -t 1.2.3.4:80 -s wlc -p 360 -M 0.0.0.24",
        ),
        (
            "-A -t 1.2.3.4:80 -p -M 0.0.0.0",
            "-A -t 1.2.3.4:80 -s wlc -p 360 -M 0.0.0.0",
        ),
        (
            "-A -t 1.2.3.4:80 -p -M 255.255",
            "-A -t 1.2.3.4:80 -s wlc -p 360 -M 255.0.0.255",
        ),
        (
            "-A -t 1.2.3.4:80 -p -M vip.example",
            "-A -t 1.2.3.4:80 -s wlc -p 360 -M 10.0.0.1",
        ),
        (
            "-A -t [2001:db8::1]:80 -p -M +12",
            "-A -t [2001:db8::1]:80 -s wlc -p 360 -M 12",
        ),
        (
            "-A -t [2001:db8::1]:80 -p -M 012",
            "-A -t [2001:db8::1]:80 -s wlc -p 360 -M 12",
        ),
        (
            "-A -t [2001:db8::1]:80 -p -M 12x",
            "-A -t [2001:db8::1]:80 -s wlc -p 360 -M 12",
        ),
        (
            "-A -t 1.2.3.4:80 -M 255.255.255.0",
            "-A -t 1.2.3.4:80 -s wlc",
        ),
        ("-A -f 5 -s ''", "-A -f 5 -s wlc"),
        ("-A -f 5 --pe '' -p", "-A -f 5 -s wlc -p 360"),
        (
            "-A -t 1.2.3.4:80 -s rr -b ,flag-1,,flag-2,",
            "-A -t 1.2.3.4:80 -s rr -b flag-1,flag-2",
        ),
        ("-A -t 1.2.3.4:80 -s rr -b ''", "-A -t 1.2.3.4:80 -s rr"),
        (
            "-A -t 1.2.3.4:80 -s sh -b flag-1",
            "-A -t 1.2.3.4:80 -s sh -b sh-fallback",
        ),
        ("-A -f +5", "-A -f 5 -s wlc"),
        ("-A -f 010", "-A -f 10 -s wlc"),
        (
            "-A -u 1.2.3.4:5060 --pe sip",
            "-A -u 1.2.3.4:5060 -s wlc --pe sip",
        ),
        (
            "-A -t 1.2.3.4:5060 --pe sip -p",
            "-A -t 1.2.3.4:5060 -s wlc -p 360 --pe sip",
        ),
        (
            "-A -t 1.2.3.4:80 -p -b flag-1 -M 255.255.255.0",
            "-A -t 1.2.3.4:80 -s wlc -p 360 -M 255.255.255.0 -b flag-1",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -g -w 1",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -m",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -m -w 1",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -g -w 1",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -g",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -g -w 1",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -i",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -i -w 1 --tun-type ipip",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w 0",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w 0",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w 65536",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w 65536",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w 2147483647",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w 2147483647",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w=7",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w 7",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w50",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w 50",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:0 -m",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:0 -m -w 1",
        ),
        (
            "-a -t 1.1.1.1:80 -r [2001:db8::5]:80 -i",
            "-a -t 1.1.1.1:80 -r [2001:db8::5]:80 -i -w 1 --tun-type ipip",
        ),
        (
            "-a -t 1.1.1.1:80 -r 10.9.9.9 -g",
            "-a -t 1.1.1.1:80 -r 10.9.9.9:80 -g -w 1",
        ),
        (
            "-a -t 1.1.1.1:80 -r 127.0.0.1 -m",
            "-a -t 1.1.1.1:80 -r 127.0.0.1:80 -m -w 1",
        ),
        (
            "-a -t 1.1.1.1:80 -r rs1.example:http -m",
            "-a -t 1.1.1.1:80 -r 10.0.1.1:80 -m -w 1",
        ),
        ("-a -f 7 -r 3.3.3.3", "-a -f 7 -r 3.3.3.3:0 -g -w 1"),
        ("-a -f 7 -r 3.3.3.3:99", "-a -f 7 -r 3.3.3.3:99 -g -w 1"),
        (
            "-a -f 7 -r 3.3.3.3:http -m",
            "-a -f 7 -r 3.3.3.3:80 -m -w 1",
        ),
        (
            "-a -f 7 -r 3.3.3.3:domain -m",
            "-a -f 7 -r 3.3.3.3:53 -m -w 1",
        ),
        (
            "-a -r 3.3.3.3 -t 1.1.1.1:80",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -g -w 1",
        ),
        (
            "-e -t 1.1.1.1:80 -r 2.2.2.2:81 -m",
            "-a -t 1.1.1.1:80 -r 2.2.2.2:81 -m -w 1",
        ),
        ("-E -t 1.1.1.1:80", "-A -t 1.1.1.1:80 -s wlc"),
        (
            "-E -t 1.1.1.1:80 -s wrr -p 9",
            "-A -t 1.1.1.1:80 -s wrr -p 9",
        ),
        ("-A -t 224.1.1.1:80", "-A -t 224.1.1.1:80 -s wlc"),
        ("-A -t 0.0.0.0:80", "-A -t 0.0.0.0:80 -s wlc"),
        (
            "-A -t 255.255.255.255:80",
            "-A -t 255.255.255.255:80 -s wlc",
        ),
        ("-A -t 5.5.5.5:80 --sort", "-A -t 5.5.5.5:80 -s wlc"),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue --tun-port 6080",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue --tun-port 6080 --tun-csum",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-csum",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue --tun-port 6080 --tun-remcsum",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gue --tun-port 6080 --tun-nocsum",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-nocsum",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gre",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -i -w 1 --tun-type gre --tun-nocsum",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type gre --tun-csum",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -i -w 1 --tun-type gre --tun-csum",
        ),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3 -i --tun-type ipip",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:80 -i -w 1 --tun-type ipip",
        ),
        (
            "-a -t 1.1.1.1:80 -r 10.9.9.9 -i --tun-type gre",
            "-a -t 1.1.1.1:80 -r 10.9.9.9:80 -i -w 1 --tun-type gre --tun-nocsum",
        ),
        (
            "-a -t 1.1.1.1:80 -r 10.9.9.9 -i --tun-type gue --tun-port 77",
            "-a -t 1.1.1.1:80 -r 10.9.9.9:80 -i -w 1 --tun-type gue --tun-port 77 --tun-nocsum",
        ),
        (
            "-A --sctp-service 1.1.1.1:80",
            "-A --sctp-service 1.1.1.1:80 -s wlc",
        ),
    ] {
        assert_eq!(saved(line), rule, "{line}");
    }
}

/// What the reference loses, or saves so that nothing can restore it.
#[test]
fn saved_better_than_by_the_reference() {
    for (line, rule) in [
        (
            "-A -t 1.2.3.4:80 -s sh -b flag-3",
            "-A -t 1.2.3.4:80 -s sh -b flag-3",
        ),
        (
            "-A -t 1.2.3.4:80 -s sh -b sh-port,flag-3",
            "-A -t 1.2.3.4:80 -s sh -b sh-port,flag-3",
        ),
        ("-A -f 4294967295", "-A -f 4294967295 -s wlc"),
        (
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -x 10 -y 5",
            "-a -t 1.1.1.1:80 -r 3.3.3.3:81 -m -w 1 -x 10 -y 5",
        ),
        (
            "-e -t 1.1.1.1:80 -r 2.2.2.2:81 -m -w 9 -x 3",
            "-a -t 1.1.1.1:80 -r 2.2.2.2:81 -m -w 9 -x 3",
        ),
        ("-A -f 2147483648", "-A -f 2147483648 -s wlc"),
    ] {
        assert_eq!(saved(line), rule, "{line}");
    }
}

#[test]
fn spellings_of_the_same() {
    for (line, rule) in [
        ("-A -t 1.2.3.4:80", "-A -t 1.2.3.4:80 -s wlc"),
        ("-A -t 1.2.3.4:80 --", "-A -t 1.2.3.4:80 -s wlc"),
        ("-At 1.2.3.4:80 -srr", "-A -t 1.2.3.4:80 -s rr"),
        ("-At1.2.3.4:80 -s=rr", "-A -t 1.2.3.4:80 -s rr"),
        ("-At=1.2.3.4:80", "-A -t 1.2.3.4:80 -s wlc"),
        (
            "--add-service --tcp-service=1.2.3.4:80",
            "-A -t 1.2.3.4:80 -s wlc",
        ),
        ("-A -t 1.2.3.4 -p", "-A -t 1.2.3.4:0 -s wlc -p 360"),
        ("-A -t 1.2.3.4:0 -p 5", "-A -t 1.2.3.4:0 -s wlc -p 5"),
        ("-A -t 1.2.3.4:http", "-A -t 1.2.3.4:80 -s wlc"),
        ("-A -u 1.2.3.4:domain", "-A -u 1.2.3.4:53 -s wlc"),
        ("-A -t [::1]:80", "-A -t [::1]:80 -s wlc"),
        ("-A -t ::1 -p", "-A -t [::1]:0 -s wlc -p 360"),
        ("-A -t [2001:db8::1]:http", "-A -t [2001:db8::1]:80 -s wlc"),
        ("-A -f 5", "-A -f 5 -s wlc"),
        ("-A -f 5 -6 -p -M 64", "-A -f 5 -6 -s wlc -p 360 -M 64"),
        ("-A -f 5 -o", "-A -f 5 -s wlc -o"),
        ("-A -u 1.2.3.4:80 -o", "-A -u 1.2.3.4:80 -s wlc -o"),
        (
            "-A -b sh-port -o --pe sip -M 255.0.0.0 -p 7 -s sh -u 1.2.3.4:80",
            "-A -u 1.2.3.4:80 -s sh -p 7 -M 255.0.0.0 --pe sip -o -b sh-port",
        ),
        // The command may stand anywhere, and -6 too.
        ("-t 1.2.3.4:80 -A", "-A -t 1.2.3.4:80 -s wlc"),
        (
            "-s rr -t 1.2.3.4:80 --add-service",
            "-A -t 1.2.3.4:80 -s rr",
        ),
        ("-A -6 -f 5", "-A -f 5 -6 -s wlc"),
        // As ldirectord calls it.
        (
            "-a -t 1.2.3.4:80 -x 10 -y 5 -r 3.3.3.3:80 -g -w 1",
            "-a -t 1.2.3.4:80 -r 3.3.3.3:80 -g -w 1 -x 10 -y 5",
        ),
    ] {
        assert_eq!(saved(line), rule, "{line}");
    }
}
