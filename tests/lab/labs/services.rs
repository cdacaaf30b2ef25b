//! Kinds of services: IPv6, several VIPs, marked packets, UDP and SCTP.

use net::topology::{DIRECT_UDP, NAT_SCTP, NAT_TLS, NAT_V6, NAT3};
use net::{Protocol, Result, Stage, tally};

use super::Lab;
use super::query::{TAKE, WITHOUT_TIME, same};

/// The main job in the other address family.
pub const IPV6: Lab = Lab {
    name: "ipv6",
    about: "two IPv6 web servers behind one IPv6 address",
    on: NAT_V6,
    hints: &[
        "ipvsadm -A -t [2001:db8::1]:80 -s rr",
        "ipvsadm -a -t [2001:db8::1]:80 -r [fd00::11]:80 -m",
        "ipvsadm -a -t [2001:db8::1]:80 -r [fd00::12]:80 -m",
        "on client wget -qO- http://[2001:db8::1]/",
        "ipvsadm -Ln",
    ],
    play: ipv6,
};

fn ipv6(stage: &Stage) -> Result<()> {
    stage.step("Addresses with a port are written in brackets");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t [2001:db8::1]:80 -s rr",
            "ipvsadm -a -t [2001:db8::1]:80 -r [fd00::11]:80 -m",
            "ipvsadm -a -t [2001:db8::1]:80 -r [fd00::12]:80 -m",
        ],
    )?;
    stage.fetch_in_turn("http://[2001:db8::1]/")?;
    stage.run("director", "ipvsadm -Ln")?;

    stage.step("Save, clear and restore");
    let saved = stage.run("director", "ipvsadm -Sn > /tmp/rules; cat /tmp/rules")?;
    stage.run_all("director", &["ipvsadm -C", "ipvsadm-restore < /tmp/rules"])?;
    let restored = stage.run("director", "ipvsadm -Sn")?;
    stage.expect(
        "the same rules as before",
        if saved == restored {
            "the same"
        } else {
            "others"
        },
        saved == restored,
    )?;
    stage.fetch_in_turn("http://[2001:db8::1]/")
}

/// Each filter against awk on the whole list, which has connections.
fn picked(stage: &Stage, filters: &[(&str, &str)]) -> Result<()> {
    stage.run("director", TAKE)?;
    let count = stage.run("director", "wc -l < /tmp/all")?;
    stage.expect("connections", count.trim(), count.trim() != "0")?;
    for (options, by_hand) in filters {
        let filtered = format!("ipvsadm -Lnc {options} | tail -n +3 | {WITHOUT_TIME} | sort");
        let picked = format!("awk '{by_hand}' /tmp/all | {WITHOUT_TIME} | sort");
        same(stage, &filtered, &picked)?;
    }
    Ok(())
}

/// Services that do not know of each other.
pub const VIPS: Lab = Lab {
    name: "vips",
    about: "two virtual addresses, each with servers of its own",
    on: NAT3,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11 -m",
        "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12 -m",
        "ipvsadm -A -t 192.0.2.2:8080 -s rr",
        "ipvsadm -a -t 192.0.2.2:8080 -r 10.0.0.13:80 -m",
        "on client wget -qO- http://192.0.2.2:8080/",
    ],
    play: vips,
};

fn vips(stage: &Stage) -> Result<()> {
    stage.step("Two services; with -m a server's port may be another than the service's");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.11:80 -m",
            "ipvsadm -a -t 192.0.2.1:80 -r 10.0.0.12:80 -m",
            "ipvsadm -A -t 192.0.2.2:8080 -s rr",
            "ipvsadm -a -t 192.0.2.2:8080 -r 10.0.0.13:80 -m",
        ],
    )?;
    stage.fetch_in_turn("http://192.0.2.1/")?;
    let fetch = "for i in 1 2 3; do wget -qO- http://192.0.2.2:8080/; done";
    let pages = stage.run("client", fetch)?;
    stage.expect(
        "the second address has only rs3",
        pages.replace('\n', " ").trim(),
        pages == "rs3\nrs3\nrs3\n",
    )?;

    stage.step("One goes, the other stays");
    stage.run("director", "ipvsadm -D -t 192.0.2.2:8080")?;
    let gone = stage.attempt("client", "wget -qO- http://192.0.2.2:8080/")?;
    stage.expect(
        "no answer at the second address",
        format_args!("exit status {}", gone.status),
        gone.status != 0,
    )?;
    stage.fetch_in_turn("http://192.0.2.1/")
}

/// Two ports, one service.
pub const FWMARK: Lab = Lab {
    name: "fwmark",
    about: "marked packets: a client's HTTP and HTTPS go to the same server",
    on: NAT_TLS,
    hints: &[
        "nft add table ip lab",
        "nft 'add chain ip lab in { type filter hook prerouting priority mangle; }'",
        "nft add rule ip lab in ip daddr 192.0.2.1 tcp dport '{ 80, 443 }' meta mark set 1",
        "ipvsadm -A -f 1 -s rr -p 600",
        "ipvsadm -a -f 1 -r 10.0.0.11 -m",
        "ipvsadm -a -f 1 -r 10.0.0.12 -m",
        "on client wget -qO- http://192.0.2.1:443/",
    ],
    play: fwmark,
};

fn fwmark(stage: &Stage) -> Result<()> {
    stage.step("The firewall marks what belongs together; the service is the mark");
    stage.run_all(
        "director",
        &[
            "nft add table ip lab",
            "nft 'add chain ip lab in { type filter hook prerouting priority mangle; }'",
            "nft add rule ip lab in ip daddr 192.0.2.1 tcp dport '{ 80, 443 }' meta mark set 1",
            "ipvsadm -A -f 1 -s rr",
            "ipvsadm -a -f 1 -r 10.0.0.11 -m",
            "ipvsadm -a -f 1 -r 10.0.0.12 -m",
        ],
    )?;
    let pair = "wget -qO- http://192.0.2.1:80/; wget -qO- http://192.0.2.1:443/";
    let names = |text: String| -> Vec<String> { text.lines().map(str::to_owned).collect() };
    let pages = names(stage.run("client", pair)?);
    stage.expect(
        "one turn for both ports: two requests, two servers",
        pages.join(" "),
        pages.len() == 2 && pages[0] != pages[1],
    )?;

    stage.step("With persistence (-p) a client keeps its server on both");
    stage.run("director", "ipvsadm -E -f 1 -s rr -p 600")?;
    let pages = names(stage.run("client", &format!("{pair}; {pair}"))?);
    stage.run("director", "ipvsadm -Ln")?;
    stage.expect(
        "four requests to two ports, one server",
        pages.join(" "),
        pages.len() == 4 && pages.iter().all(|page| *page == pages[0]),
    )
}

/// Datagrams, by conversation and one by one.
pub const UDP: Lab = Lab {
    name: "udp",
    about: "UDP: a conversation keeps its server, unless each packet is its own (-o)",
    on: DIRECT_UDP,
    hints: &[
        "ipvsadm -A -u 192.0.2.1:53 -s rr -o",
        "ipvsadm -a -u 192.0.2.1:53 -r 192.0.2.11 -g",
        "ipvsadm -a -u 192.0.2.1:53 -r 192.0.2.12 -g",
        "on client sh -c 'echo | nc -u -w 1 192.0.2.1 53'",
        "ipvsadm -Ln",
    ],
    play: udp,
};

fn udp(stage: &Stage) -> Result<()> {
    stage.step("Datagrams from one port to one port are one connection");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -u 192.0.2.1:53 -s rr",
            "ipvsadm -a -u 192.0.2.1:53 -r 192.0.2.11:53 -g",
            "ipvsadm -a -u 192.0.2.1:53 -r 192.0.2.12:53 -g",
        ],
    )?;
    let six = || -> Result<String> {
        let mut socket = stage.connect(Protocol::Udp, None, "192.0.2.1:53")?;
        let answers = (0..6).map(|_| socket.ask()).collect::<Result<Vec<_>>>()?;
        let tally = tally(&answers);
        println!("client: 6 datagrams to 192.0.2.1:53 from one port: {tally}");
        Ok(tally)
    };
    let saw = six()?;
    stage.expect(
        "one server has all 6",
        &saw,
        saw == "rs1 6" || saw == "rs2 6",
    )?;

    stage.step("One-packet scheduling");
    stage.run("director", "ipvsadm -E -u 192.0.2.1:53 -s rr -o")?;
    stage.run("director", "ipvsadm -Ln")?;
    let saw = six()?;
    stage.expect("each server has 3", &saw, saw == "rs1 3, rs2 3")
}

/// The third transport protocol.
pub const SCTP: Lab = Lab {
    name: "sctp",
    about: "associations of SCTP, masqueraded",
    on: NAT_SCTP,
    hints: &[
        "ipvsadm -A --sctp-service 192.0.2.1:9000 -s rr",
        "ipvsadm -a --sctp-service 192.0.2.1:9000 -r 10.0.0.11 -m",
        "ipvsadm -a --sctp-service 192.0.2.1:9000 -r 10.0.0.12 -m",
        "ipvsadm -Ln",
    ],
    play: sctp,
};

fn sctp(stage: &Stage) -> Result<()> {
    stage.step("A service of SCTP");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A --sctp-service 192.0.2.1:9000 -s rr",
            "ipvsadm -a --sctp-service 192.0.2.1:9000 -r 10.0.0.11:9000 -m",
            "ipvsadm -a --sctp-service 192.0.2.1:9000 -r 10.0.0.12:9000 -m",
        ],
    )?;
    let mut held = stage.hold(4, Protocol::Sctp, "192.0.2.1:9000")?;
    let saw = tally(held.servers());
    stage.expect(
        "two associations for each server",
        &saw,
        saw == "rs1 2, rs2 2",
    )?;
    let again = held.ask()?;
    stage.expect(
        "each stays with its server",
        again.join(" "),
        again == held.servers(),
    )?;
    let connections = stage.run("director", "ipvsadm -Lnc")?;
    let established = connections
        .lines()
        .filter(|line| line.starts_with("SCTP") && line.contains("ESTABLISHED"))
        .count();
    stage.expect(
        "4 established associations in the kernel's table",
        established,
        established == 4,
    )?;
    picked(
        stage,
        &[
            (
                "--sctp-service 192.0.2.1:9000 --state established",
                "$3 == \"ESTABLISHED\"",
            ),
            ("--protocol SCTP -r 10.0.0.11", "$6 == \"10.0.0.11:9000\""),
            ("--state c-wait,init,s-ack-sent", "0"),
            ("-t 192.0.2.1:9000", "0"),
        ],
    )
}
