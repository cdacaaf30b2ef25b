//! Listings with names: from a slow name server, from a hostile one, from one that says nothing, and with modules
//! of the name service that are not there.

use std::time::{Duration, Instant};

use net::{Lan, Result};
use suite::figure;

use crate::dns::{Manner, NameServer};
use crate::programs::MYHOSTNAME;
use crate::sides::{Bench, Side, alone, both};

const LAN: &[Lan] = &[("lan", &[("director", "192.0.2.1/24")])];
const SECOND: Duration = Duration::from_secs(1);

/// A service with so many servers, 10.1.0.1 and on; names come from the name server alone.
fn prepare(bench: &Bench, servers: u8, options: &str) -> Result<()> {
    bench.run(&format!(
        "printf 'nameserver 127.0.0.1\\noptions {options}\\n' > /etc/resolv.conf
         printf 'hosts: files dns\\nservices: files\\nprotocols: files\\n' > /etc/nsswitch.conf
         ipvsadm -C
         (echo -A -t 10.1.1.0:80 -s rr
         for i in $(seq {servers}); do echo -a -t 10.1.1.0:80 -r 10.1.0.$i:80 -m; done) | ipvsadm -R"
    ))?;
    Ok(())
}

/// Lists the table and says how long that took.
fn list(bench: &Bench) -> Result<(String, Duration)> {
    let begun = Instant::now();
    let output = bench.director()?.shell("ipvsadm -L")?;
    let took = begun.elapsed();
    bench.expect("exit status 0", &output.text, output.status == 0)?;
    Ok((output.text, took))
}

fn plain(x: u8, y: u8) -> Option<Vec<Vec<u8>>> {
    let mut host = format!("host{y}");
    // Some are longer than the columns.
    if y % 10 == 7 {
        host += "-with-a-name-that-is-longer-than-its-column";
    }
    let zone = format!("net{x}");
    Some(
        [&host, &zone, "example"]
            .map(|label| label.as_bytes().to_vec())
            .into(),
    )
}

/// What `-L` has to print for a server under that name.
fn row(y: u8) -> String {
    let mut address = format!("{}:http", name_of(y));
    address.truncate(28);
    format!("  -> {address:28} Masq    1      0          0         ")
}

/// Answers take a tenth of a second each.
const SLOW: Manner = Manner {
    delay: Duration::from_millis(100),
    name: plain,
    forward: true,
};

/// Long enough that a busy host, which needs some milliseconds for each question, has many of them waiting at once.
const SLOWER: Manner = Manner {
    delay: Duration::from_millis(300),
    ..SLOW
};

pub fn slow() -> Result<()> {
    both(LAN, |bench| {
        let _server = NameServer::start(bench.director()?, SLOW)?;
        prepare(bench, 20, "timeout:5")?;
        let (text, few) = list(bench)?;
        bench.note("20 servers with names", text);
        match bench.side {
            Side::Reference => figure(&format!(
                "20 servers named by a server that takes 100 ms, reference: {:.2} s; 200 would take {:.1} s",
                few.as_secs_f64(),
                few.as_secs_f64() * 201.0 / 21.0
            )),
            Side::Ours => figure(&format!("the same, ours: {:.2} s", few.as_secs_f64())),
        }
        Ok(())
    })?;
    alone(Side::Ours, LAN, |bench| {
        let server = NameServer::start(bench.director()?, SLOWER)?;
        prepare(bench, 200, "timeout:5")?;
        let rows: Vec<String> = (1..=200).map(row).collect();
        let (text, took) = list(bench)?;
        let asked = server.questions();
        bench.expect("201 questions", &asked.to_string(), asked == 201)?;
        let saw: Vec<&str> = text.lines().skip(4).collect();
        bench.expect(&rows.join("\n"), &text, saw == rows)?;
        saves(bench, &server)?;
        let at_once = server.at_once();
        figure(&format!(
            "200 servers, ours: {:.2} s, up to {at_once} questions at once",
            took.as_secs_f64()
        ));
        bench.expect("32 and more", &at_once.to_string(), at_once >= 32)?;
        let bound = 201 * SLOWER.delay / 8;
        bench.expect("an eighth of the waits", &format!("{took:?}"), took < bound)?;
        drop(server);
        let at_once = Manner {
            delay: Duration::ZERO,
            ..SLOW
        };
        let _server = NameServer::start(bench.director()?, at_once)?;
        restored(bench)
    })
}

/// A save with names costs a second wait for all of them: each is asked for its address.
fn saves(bench: &Bench, server: &NameServer) -> Result<()> {
    let before = server.questions();
    let begun = Instant::now();
    let saved = bench.run("ipvsadm -S")?;
    let took = begun.elapsed();
    let asked = server.questions() - before;
    bench.expect("402 questions", &asked.to_string(), asked == 402)?;
    let rules: String = (1..=200)
        .map(|y| {
            format!(
                "-a -t host0.net1.example:http -r {}:http -m -w 1\n",
                name_of(y)
            )
        })
        .collect();
    let rules = format!("-A -t host0.net1.example:http -s rr\n{rules}");
    bench.expect(&rules, &saved, saved == rules)?;
    figure(&format!(
        "200 servers saved with their names, ours: {:.2} s",
        took.as_secs_f64()
    ));
    bench.expect(
        "an eighth of the waits",
        &format!("{took:?}"),
        took < 402 * SLOWER.delay / 8,
    )
}

/// What is saved with names makes the same table; what nobody has an address for is saved as a number. The names of
/// rules are looked up one after the other.
fn restored(bench: &Bench) -> Result<()> {
    let kept = bench.run(
        "ipvsadm -Sn > /tmp/numbers; ipvsadm -S > /tmp/names; ipvsadm -C
         ipvsadm-restore --input /tmp/names; ipvsadm -Sn | cmp - /tmp/numbers && echo same",
    )?;
    bench.expect("the same table", &kept, kept == "same\n")
}

/// The name of a server.
fn name_of(y: u8) -> String {
    let labels = plain(0, y).unwrap_or_default();
    let labels = labels.iter().map(|label| String::from_utf8_lossy(label));
    labels.collect::<Vec<_>>().join(".")
}

/// Names with what a terminal obeys.
fn hostile(_: u8, y: u8) -> Option<Vec<Vec<u8>>> {
    let label: &[u8] = match y {
        1 => b"\x1b]0;owned\x07",
        2 => b"\x1b[2J\x1b[31m",
        3 => b"a\nTCP  6.6.6.6:80 rr",
        4 => b"a b\tc\r",
        5 => b"\xc2\x9b31m",
        6 => b"\x9b31m",
        7 => b"caf\xc3\xa9",
        8 => b"-n",
        9 => b"$(reboot)",
        10 => b"dot.in.label",
        11 => b"nul\0nul",
        12 => b"\xe2\x80\xae\xe2\x80\x8b",
        _ => b"plain",
    };
    Some(vec![label.to_vec(), b"example".to_vec()])
}

pub fn evil() -> Result<()> {
    both(LAN, |bench| {
        let manner = Manner {
            delay: Duration::ZERO,
            name: hostile,
            forward: true,
        };
        let _server = NameServer::start(bench.director()?, manner)?;
        prepare(bench, 14, "timeout:5")?;
        // The same by a file that somebody else may have made.
        bench.run(
            "printf '10.1.0.13 esc\\033[31m.example\\n10.1.0.14 cr\\rbell\\007\\n' >> /etc/hosts",
        )?;
        let (text, _) = list(bench)?;
        bench.say(&text);
        let steering = |c: char| c.is_control() && c != '\n';
        if bench.side == Side::Ours {
            let lines = text.lines().count();
            bench.expect("4 lines and one for each server", &text, lines == 18)?;
            bench.expect("nothing for the terminal", &text, !text.contains(steering))?;
            restored(bench)?;
            // What is harmless is still a name.
            for word in ["  -> esc?[31m.example:http", "  -> cr"] {
                bench.expect(word, &text, text.contains(word))?;
            }
        }
        // The C library passes on none of the names that are none; the rest is the file's.
        bench.note("the names that are left", text.replace(steering, "?"));
        Ok(())
    })
}

/// No answer at all, and nobody there to give one.
pub fn silent() -> Result<()> {
    both(LAN, |bench| {
        prepare(bench, 2, "timeout:20 attempts:1")?;
        let (refused, took) = list(bench)?;
        let numbers = bench.run("ipvsadm -Ln | sed 's/:80 /:http /'")?;
        let same = words(&refused) == words(&numbers);
        bench.expect(&numbers, &refused, same)?;
        bench.expect(
            "no wait for the time-out",
            &format!("{took:?}"),
            took < 20 * SECOND,
        )?;
        prepare(bench, 2, "timeout:1 attempts:1")?;
        let manner = Manner {
            delay: Duration::ZERO,
            name: |_, _| None,
            forward: false,
        };
        let server = NameServer::start(bench.director()?, manner)?;
        let (text, few) = list(bench)?;
        bench.note("numbers where there are no names", text.as_str());
        bench.expect(&numbers, &text, words(&text) == words(&numbers))?;
        if bench.side == Side::Ours {
            // All wait at the same time: as long as one, `timeout` times `attempts`, and what a busy host adds to that.
            // One after the other it would be a minute, or two.
            prepare(bench, 60, "timeout:1 attempts:1")?;
            let (text, once) = list(bench)?;
            bench.expect(
                "60 servers",
                &text,
                text.matches("  -> 10.1.0.").count() == 60,
            )?;
            prepare(bench, 60, "timeout:1 attempts:2")?;
            let (_, twice) = list(bench)?;
            figure(&format!(
                "a silent name server, ours: 2 servers {:.2} s, 60 servers {:.2} s; with attempts:2 {:.2} s",
                few.as_secs_f64(),
                once.as_secs_f64(),
                twice.as_secs_f64()
            ));
            bench.expect(
                "once the timeout",
                &format!("{once:?}"),
                (SECOND..30 * SECOND).contains(&once),
            )?;
            bench.expect(
                "twice the timeout",
                &format!("{twice:?}"),
                (2 * SECOND..60 * SECOND).contains(&twice),
            )?;
        } else {
            figure(&format!(
                "a silent name server, reference: 2 servers {:.2} s",
                few.as_secs_f64()
            ));
        }
        let asked = server.questions();
        bench.expect("questions", &asked.to_string(), asked > 0)
    })
}

fn words(text: &str) -> Vec<&str> {
    text.split_whitespace().collect()
}

/// `hosts: files myhostname mymachines resolve dns`, without these modules, and with one of them.
pub fn modules() -> Result<()> {
    both(LAN, |bench| {
        let manner = Manner {
            delay: Duration::ZERO,
            name: plain,
            forward: true,
        };
        let _server = NameServer::start(bench.director()?, manner)?;
        prepare(bench, 6, "timeout:2")?;
        bench.run("sed -i 's/^hosts:.*/hosts: files myhostname mymachines resolve [!UNAVAIL=return] dns/' /etc/nsswitch.conf")?;
        bench.run("ipvsadm -A -t 127.0.0.2:80; ipvsadm -a -t 127.0.0.2:80 -r 10.1.0.99:80 -m")?;
        let without = bench.same("ipvsadm -L")?;
        bench.expect(
            "names by DNS",
            &without,
            without.contains("-> host3.net0.example:http"),
        )?;
        bench.expect(
            "a number",
            &without,
            without.contains("TCP  127.0.0.2:http"),
        )?;
        // Both sides have their own view of this directory, but for what lies in it.
        bench.run(&format!(
            "mkdir /tmp/lib; cp -a /lib/x86_64-linux-gnu/. /tmp/lib; cp {MYHOSTNAME} /lib64/ld-linux-x86-64.so.2 /tmp/lib
             mount -o bind /tmp/lib /usr/lib/x86_64-linux-gnu"
        ))?;
        let with = bench.same("ipvsadm -L")?;
        bench.expect(
            "the host's name",
            &with,
            with.contains("TCP  director:http"),
        )?;
        bench.expect(
            "names by DNS",
            &with,
            with.contains("-> host3.net0.example:http"),
        )?;
        if bench.side == Side::Ours {
            // The host's name may stand for several addresses; then the number is saved.
            restored(bench)?;
        }
        bench.same("ipvsadm -A -t director:8080; ipvsadm -Sn | grep 8080")?;
        Ok(())
    })
}

/// With `--netns` names are looked up where the caller is, not where the table is.
pub fn outside() -> Result<()> {
    const APART: &[Lan] = &[(
        "lan",
        &[("director", "192.0.2.1/24"), ("admin", "192.0.2.2/24")],
    )];
    alone(Side::Ours, APART, |bench| {
        let manner = Manner {
            delay: Duration::ZERO,
            name: plain,
            forward: true,
        };
        let admin = bench.host("admin")?;
        let server = NameServer::start(admin, manner)?;
        prepare(bench, 3, "timeout:1 attempts:1")?;
        let inside = bench.run("ipvsadm -Ln")?;
        let run = |line: &str| -> Result<String> {
            let output = admin.shell(&format!("ipvsadm --netns lab-director {line}"))?;
            bench.expect("exit status 0", &output.text, output.status == 0)?;
            Ok(output.text)
        };
        let listed = run("-Ln")?;
        bench.expect(&inside, &listed, listed == inside)?;
        let listed = run("-L")?;
        let rows: Vec<&str> = listed.lines().skip(4).collect();
        let expected: Vec<String> = (1..=3).map(row).collect();
        bench.expect(&expected.join("\n"), &listed, rows == expected)?;
        let asked = server.questions();
        bench.expect("4 questions", &asked.to_string(), asked == 4)
    })
}
