//! Rules on standard input, and the two programs that save and restore.

use super::BASE;
use crate::scenario::{Line, Program, Scenario};

/// Inputs of `-R` that both read alike.
const INPUTS: &[&str] = &[
    "",
    "\n",
    "\n\n  \n\t\n",
    "-A -t 3.3.3.3:80",
    "-A -t 3.3.3.3:80\n",
    "-A -t 3.3.3.3:80 -s rr\n-a -t 3.3.3.3:80 -r 4.4.4.4 -m -w 5\n-a -t 3.3.3.3:80 -r 4.4.4.5 -i --tun-type gre\n",
    "ipvsadm -A -t 3.3.3.3:80\n",
    "  ipvsadm   -A   -t 3.3.3.3:80  \n",
    "\t-A\t-t\t3.3.3.3:80\t-s\trr\t\n",
    "ipvsadm\n",
    "ipvsadm ipvsadm -C\n",
    "-A -t 3.3.3.3:80\n\n\n-A -t 3.3.3.4:80\n",
    "-C\n-A -t 3.3.3.3:80\n",
    "-A -t 3.3.3.3:80\n-C\n-A -t 3.3.3.4:80\n",
    "-D -t 1.1.1.1:80\n-A -t 1.1.1.1:80 -s sh\n",
    "-E -t 1.1.1.1:80 -s wlc -p 9\n-e -t 1.1.1.1:80 -r 2.2.2.2:81 -m -w 9\n-d -t 1.1.1.1:80 -r 2.2.2.3:80\n",
    "--add-service --tcp-service=3.3.3.3:80 --scheduler=rr\n--add-server -t3.3.3.3:80 -r4.4.4.4 -mw7\n",
    "-A -t vip.example.com:https\n-a -t vip.example.com:https -r rs.example.com:https -m\n",
    "-Z\n-Z -t 1.1.1.1:80\n",
    "--set 5 6 7\n",
    "--set 5 6 7\n-L --timeout\n",
    "-S -n\n-S -n\n",
    "-S -n\n-C\n-S -n\n-A -t 3.3.3.3:80\n-S -n\n",
    "-A -t 3.3.3.3:80\n-L -n -t 3.3.3.3:80\n-D -t 3.3.3.3:80\n",
    "-L -n\n",
    "--start-daemon master --mcast-interface d0 --syncid 3\n-L --daemon\n",
    // Usage errors end the run.
    "-A -t 3.3.3.3:80\n-A -t bogus\n-A -t 3.3.3.4:80\n",
    "-A -t 3.3.3.3:80\n-A\n-A -t 3.3.3.4:80\n",
    "-A -t 3.3.3.3:80 x\n-A -t 3.3.3.4:80\n",
    "-q\n-A -t 3.3.3.4:80\n",
    "-A -t 3.3.3.3:80 -q\n",
    "ipvsadm -A ipvsadm -t 3.3.3.3:80 ipvsadm\n",
    "-A -t 3.3.3.3:80 -s\n",
    "--start-daemon\n-A -t 3.3.3.4:80\n",
    "--list=1\n-A -t 3.3.3.4:80\n",
    "-L --numeric=1\n",
    "foo\n-A -t 3.3.3.4:80\n",
    "-R\n-A -t 3.3.3.4:80\n",
    "--restore\n",
    "-A -t 3.3.3.3:80\n-R\n-A -t 3.3.3.4:80\n",
    "/sbin/ipvsadm -A -t 3.3.3.3:80\n",
    "-A -t \"3.3.3.3:80\"\n",
    "-A -t '3.3.3.3:80'\n",
    "-A -t 3.3.3.3:80\\\n-s rr\n",
    "-A -t 3.3.3.3:80 -s rr # comment\n",
    "-A -t 3.3.3.3:80\n-L -n --stats --timeout\n",
    "-A -t 3.3.3.3:80\n-a -t 3.3.3.3:80 -r 4.4.4.4 -g -m\n",
    "-A -t 3.3.3.3:80\n-A -t 3.3.3.3\n",
    "-A -t 3.3.3.3:80 -s rr -s rr\n-C\n",
    "-A -t 3.3.3.3:80 -S\n",
    // The last line fails, so the statuses agree.
    "-A -t 3.3.3.3:80\n-A -t 1.1.1.1:80\n",
    "-D -t 9.9.9.9:80\n",
    "-a -t 9.9.9.9:80 -r 2.2.2.2\n",
    "-A -t 3.3.3.3:80 -s bogus\n",
    "-L -n -t 9.9.9.9:80\n",
    "-a -t 1.1.1.1:80 -r 2.2.2.2:81 -m\n-e -t 1.1.1.1:80 -r 9.9.9.9\n",
];

/// Inputs of `ipvsadm-restore`.
const FOR_PROGRAM: &[&str] = &[
    "",
    "-A -t 3.3.3.3:80 -s rr\n-a -t 3.3.3.3:80 -r 4.4.4.4 -m\n",
    "# saved\n-A -t 3.3.3.3:80 -s rr\n# more\n-a -t 3.3.3.3:80 -r 4.4.4.4 -m\n",
    "#-A -t 3.3.3.3:80\n",
    "\n-A -t 3.3.3.3:80\n\n",
    "ipvsadm -A -t 3.3.3.3:80\n",
    "-A -t 1.1.1.1:80 -s sh\n",
    "-A -t 1.1.1.1:80 -s rr\n-a -t 1.1.1.1:80 -r 2.2.2.3:80 -m -w 3\n",
    "-A -t 3.3.3.3:80 -s rr\n-A -t 3.3.3.3:80 -s rr\n-a -t 3.3.3.3:80 -r 4.4.4.4 -m\n",
    "-A -t 3.3.3.3:80\n-E -t 3.3.3.3:80 -s sh\n-D -t 3.3.3.3:80\n-A -t 3.3.3.3:80 -s lc\n",
    "-C\n-A -t 3.3.3.3:80\n",
    "--set 5 6 7\n-A -t 3.3.3.3:80\n",
    "-Z\n",
    "-A -t 3.3.3.3:80",
];

pub fn scenarios() -> Vec<Scenario> {
    let mut all: Vec<Scenario> = INPUTS
        .iter()
        .map(|input| Scenario::line("restore", BASE, Line::new("-R").input(input)))
        .collect();
    let restore = |words, input: &str| {
        Scenario::line(
            "restore::program",
            BASE,
            Line::of(Program::Restore, words).input(input),
        )
    };
    all.extend(FOR_PROGRAM.iter().map(|input| restore("", input)));
    all.push(restore("-n", "-A -t 3.3.3.3:80\n"));
    for words in [
        "",
        "-n",
        "-h",
        "-x",
        "--help",
        "x",
        "-n -n",
        "-n x",
        "x -n",
        "--",
        "-n -h",
        "-nn",
        "--numeric",
    ] {
        all.push(Scenario::line(
            "restore::program",
            BASE,
            Line::of(Program::Save, words),
        ));
    }
    // More than a pipe holds, and than a kernel's answer takes in one message.
    let mut many = String::new();
    for service in 1..=60 {
        many.push_str(&format!("-A -t 20.0.0.{service}:80 -s wrr\n"));
        for server in 1..=20 {
            many.push_str(&format!(
                "-a -t 20.0.0.{service}:80 -r 30.0.{service}.{server} -m -w {server}\n"
            ));
        }
    }
    many.push_str("-S -n\n-L -n\n-L -n --stats\n");
    let line = Line::new("-R").input(&many);
    all.push(Scenario::lines("restore", "many rules", BASE, vec![line]));
    all
}
