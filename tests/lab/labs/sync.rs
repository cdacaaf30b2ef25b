//! The synchronisation daemons: a second director that knows the first one's connections.

use net::topology::PAIR;
use net::{Protocol, Result, Stage};

use super::Lab;

/// The first director dies.
pub const SYNC: Lab = Lab {
    name: "sync",
    about: "a director dies; connections go on through another one that knows of them",
    on: PAIR,
    hints: &[
        "ipvsadm -A -t 192.0.2.1:80 -s rr",
        "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11 -g",
        "ipvsadm --start-daemon master --mcast-interface eth0 --syncid 7",
        "on backup ipvsadm --start-daemon backup --mcast-interface eth0 --syncid 7",
        "on client wget -qO- http://192.0.2.1/",
        "on backup ipvsadm -Lnc",
    ],
    play: sync,
};

const VIP: &str = "192.0.2.1:80";

fn sync(stage: &Stage) -> Result<()> {
    stage.step("Both directors have the same rules; the VIP is with the first");
    stage.run_all(
        "director",
        &[
            "ipvsadm -A -t 192.0.2.1:80 -s rr",
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.11:80 -g",
            "ipvsadm -a -t 192.0.2.1:80 -r 192.0.2.12:80 -g",
            "ipvsadm -Sn > /tmp/rules",
        ],
    )?;
    stage.run("backup", "ipvsadm-restore < /tmp/rules")?;
    let mut untold = stage.hold(1, Protocol::Tcp, VIP)?;

    stage.step("Synchronisation starts, after that first connection");
    let start = |role| format!("ipvsadm --start-daemon {role} --mcast-interface eth0 --syncid 7");
    stage.run("director", &start("master"))?;
    stage.run("backup", &start("backup"))?;
    let master = stage.run("director", "ipvsadm -L --daemon")?;
    let backup = stage.run("backup", "ipvsadm -L --daemon")?;
    stage.expect(
        "a master and a backup, both with syncid 7",
        format_args!("{} and {}", first_word(&master), first_word(&backup)),
        master.starts_with("master sync daemon (mcast=eth0, syncid=7")
            && backup.starts_with("backup sync daemon (mcast=eth0, syncid=7"),
    )?;
    let mut known = stage.hold(2, Protocol::Tcp, VIP)?;
    let connections = stage.run_when("backup", "ipvsadm -Lnc", |text| established(text) >= 2)?;
    stage.expect(
        "the backup knows the two connections since then",
        established(&connections),
        established(&connections) == 2,
    )?;

    stage.step("The first director dies, the second takes the VIP");
    stage.run("director", "ip link set eth0 down")?;
    stage.run_all(
        "backup",
        &[
            "ip addr add 192.0.2.1/32 dev eth0",
            "arping -q -U -c 1 -I eth0 192.0.2.1",
        ],
    )?;
    let again = known.ask()?;
    println!("client: asks again on both: {}", again.join(" "));
    stage.expect(
        "both go on, with the servers they had",
        format_args!(
            "{} before, {} now",
            known.servers().join(" "),
            again.join(" ")
        ),
        again == known.servers(),
    )?;
    let lost = untold.ask();
    stage.expect(
        "the one from before synchronisation is lost",
        if let Err(error) = &lost {
            format!("{error}")
        } else {
            "an answer".to_owned()
        },
        lost.is_err(),
    )?;
    stage.fetch_in_turn("http://192.0.2.1/")?;
    stage.run("backup", "ipvsadm -Ln")?;

    stage.step("The second director becomes the master");
    stage.run("backup", "ipvsadm --stop-daemon backup")?;
    stage.run("backup", &start("master"))?;
    let daemon = stage.run("backup", "ipvsadm -L --daemon")?;
    stage.expect(
        "a master, no backup",
        first_word(&daemon),
        daemon.starts_with("master") && daemon.lines().count() == 1,
    )
}

fn first_word(text: &str) -> &str {
    text.split(' ').next().unwrap_or_default()
}

/// Connections of the client that have a server.
fn established(connections: &str) -> usize {
    connections
        .lines()
        .filter(|line| line.starts_with("TCP") && line.contains("ESTABLISHED"))
        .count()
}
