//! ldirectord: watches real servers, takes those that are down out of the table, and puts them back.

use std::collections::BTreeSet;

use net::{Lan, Protocol, Result, Server};

use crate::sides::{Bench, both};

const LANS: &[Lan] = &[
    ("outside", &[("director", "192.0.2.1/24 2001:db8::1/64")]),
    (
        "inside",
        &[
            ("director", "10.0.0.1/24 fd00::1/64"),
            ("rs1", "10.0.0.11/24 fd00::11/64"),
            ("rs2", "10.0.0.12/24"),
        ],
    ),
];

/// The table when all servers are up.
const UP: &str = "\
-A -t 192.0.2.1:80 -s wrr
-a -t 192.0.2.1:80 -r 10.0.0.11:8080 -m -w 5
-a -t 192.0.2.1:80 -r 10.0.0.12:8080 -m -w 10
-A -t 192.0.2.1:81 -s sh -p 600 -M 255.255.255.0 -b sh-fallback,sh-port
-a -t 192.0.2.1:81 -r 10.0.0.11:8080 -m -w 3
-a -t 192.0.2.1:81 -r 10.0.0.12:8080 -m -w 4
-A -u 192.0.2.1:53 -s rr -o
-a -u 192.0.2.1:53 -r 10.0.0.11:53 -m -w 1
-A -t [2001:db8::1]:80 -s rr
-a -t [2001:db8::1]:80 -r [fd00::11]:8080 -m -w 2
-A -f 7 -s lc -p 1999999
-a -f 7 -r 10.0.0.11:0 -g -w 2
-a -f 7 -r 10.0.0.12:0 -i -w 1 --tun-type ipip
";

/// Reads the table, without the thresholds: the reference does not save them. (The listings show them.)
const SAVE: &str = "ipvsadm -Sn | sed 's/ -x [0-9]* -y [0-9]*$//'";
const LDIRECTORD: &str = "ldirectord /etc/ha.d/test.cf";
const RELOAD: &str = "kill -HUP $(cat /run/ldirectord.test.cf.pid)";
const STOP: &str = "kill -TERM $(cat /run/ldirectord.test.cf.pid)";

pub fn play() -> Result<()> {
    both(LANS, |bench| {
        let serve = |host, address| Server::start(bench.host(host)?, Protocol::Tcp, address);
        let _first = serve("rs1", "[::]:8080")?;
        let second = serve("rs2", "0.0.0.0:8080")?;
        bench.run(&format!(
            "{LDIRECTORD} start > /tmp/out 2>&1 || ! cat /tmp/out"
        ))?;
        bench.same_when(SAVE, UP)?;
        listings(bench)?;

        // A server goes: one service keeps it with weight 0, the other does not keep it.
        drop(second);
        let down = UP.replace("-m -w 10", "-m -w 0");
        let down = down.replace("-a -t 192.0.2.1:81 -r 10.0.0.12:8080 -m -w 4\n", "");
        bench.same_when(SAVE, &down)?;
        let _second = serve("rs2", "0.0.0.0:8080")?;
        bench.same_when(SAVE, UP)?;

        // New weights, and a page that no server has.
        bench.run("sed -i 's/masq 10/masq 77/; s/masq 4/masq 6/' /etc/ha.d/test.cf")?;
        bench.run(RELOAD)?;
        let reloaded = UP.replace("-w 10", "-w 77").replace("-w 4", "-w 6");
        bench.same_when(SAVE, &reloaded)?;
        bench.run("sed -i 's/rs.12./nobody/' /etc/ha.d/test.cf")?;
        bench.run(RELOAD)?;
        let fallback = reloaded.replace("-w 5", "-w 0").replace(
            "-w 77\n",
            "-w 0\n-a -t 192.0.2.1:80 -r 127.0.0.1:80 -g -w 1\n",
        );
        bench.same_when(SAVE, &fallback)?;
        listings(bench)?;

        bench.run(STOP)?;
        bench.same_when(SAVE, "")?;
        // What it did, in its own words: a line of ours that it does not understand would be here.
        let log = bench.run("sed 's/^\\[[^]]*\\] //' /var/log/ldirectord.log")?;
        let deeds: BTreeSet<&str> = log.lines().collect();
        bench.note("ldirectord's log", Vec::from_iter(deeds).join("\n"));
        Ok(())
    })
}

/// Both listings that it reads.
fn listings(bench: &Bench) -> Result<()> {
    bench.same("ipvsadm -L -n")?;
    bench.same("ipvsadm -L -n --thresholds")?;
    Ok(())
}
