//! What shell scripts do with ipvsadm: Debian's start script, CTDB, units of systemd.

use net::{Lan, Result};

use crate::sides::{Bench, both};

const LAN: &[Lan] = &[("lan", &[("director", "192.0.2.1/24 2001:db8::1/64")])];

const RULES: &str = "\
-A -t 192.0.2.1:80 -s wrr -p 600 -M 255.255.255.0
-a -t 192.0.2.1:80 -r 10.0.0.11:8080 -m -w 3
-a -t 192.0.2.1:80 -r 10.0.0.12:80 -i -w 2
-A -u 192.0.2.1:53 -s sh -o -b sh-fallback,sh-port
-a -u 192.0.2.1:53 -r 10.0.0.11:53 -m -w 1
-A -t [2001:db8::1]:80 -s rr
-a -t [2001:db8::1]:80 -r [fd00::11]:80 -m -w 1
-A -f 7 -s wlc
-a -f 7 -r 10.0.0.11:0 -g -w 1
";

/// `/etc/init.d/ipvsadm` with its table kept and a daemon of each kind.
pub fn init_script() -> Result<()> {
    both(LAN, |bench| {
        let script = "/etc/init.d/ipvsadm";
        // Switched off, as the package has it.
        bench.same(&format!("{script} start; {script} stop"))?;
        for daemon in ["both", "none"] {
            bench.run(&format!(
                "printf 'AUTO=\"true\"\\nDAEMON=\"{daemon}\"\\nIFACE=\"eth0\"\\nSYNCID=\"7\"\\n' \
                 > /etc/default/ipvsadm"
            ))?;
            bench.run(&format!(
                "cat > /etc/ipvsadm.rules <<'END'\n# kept\n{RULES}END"
            ))?;
            for verb in [
                "start", "save", "restart", "reload", "status", "rate", "stop", "load",
            ] {
                bench.same(&format!("{script} {verb}"))?;
                let daemons = bench.same("ipvsadm -L --daemon")?;
                let runs = !["stop", "load"].contains(&verb) && daemon != "none";
                let as_expected = daemons.contains("sync daemon") == runs;
                bench.expect(&format!("a daemon runs: {runs}"), &daemons, as_expected)?;
                let table = bench.same("ipvsadm -Sn; cat /etc/ipvsadm.rules")?;
                let full = table.matches("-A -t 192.0.2.1:80 -s wrr").count();
                let expected = if verb == "stop" { 1 } else { 2 };
                let as_expected = full == expected;
                bench.expect(
                    "the table in the kernel and in the file",
                    &table,
                    as_expected,
                )?;
            }
        }
        bench.run("sed -i 's/none/backup/' /etc/default/ipvsadm")?;
        for verb in ["start", "start", "stop", "stop"] {
            // The second failure is reported in more words.
            bench.same(&format!("{script} {verb} 2>/dev/null"))?;
        }
        bench.same(&format!("{script} frobnicate"))?;
        Ok(())
    })
}

/// CTDB's recovery address: a service without a port that all connections go to.
pub fn ctdb() -> Result<()> {
    both(LAN, |bench| {
        for line in [
            "ipvsadm -A -t 192.0.2.1 -p 1999999 -s lc",
            "ipvsadm -a -t 192.0.2.1 -r 10.0.0.11 -g",
            "ipvsadm -a -t 192.0.2.1 -r 10.0.0.12 -g",
            "ipvsadm -a -t 192.0.2.1 -r 127.0.0.1",
            "ipvsadm -l -t 192.0.2.1",
            "ipvsadm -L -n",
            "ipvsadm -Sn",
            "ipvsadm -d -t 192.0.2.1 -r 10.0.0.12",
            "ipvsadm -L -n",
            "ipvsadm -D -t 192.0.2.1",
            "ipvsadm -D -t 192.0.2.1 >/dev/null 2>&1",
            "ipvsadm -L -n",
        ] {
            bench.same(line)?;
        }
        holds(bench, "")
    })
}

/// `ExecStart=/bin/sh -c "ipvsadm-restore < FILE"` and `ExecStop=`, as several distributions' units have them.
pub fn units() -> Result<()> {
    both(LAN, |bench| {
        let start = "sh -c 'exec /sbin/ipvsadm-restore < /etc/sysconfig-ipvsadm'";
        let stop = "sh -c 'exec /sbin/ipvsadm-save -n > /etc/sysconfig-ipvsadm'; /sbin/ipvsadm -C";
        bench.run(&format!(
            "cat > /etc/sysconfig-ipvsadm <<'END'\n# kept\n{RULES}END"
        ))?;
        for _ in 0..2 {
            bench.same(start)?;
            let saved = bench.same("ipvsadm -Sn > /etc/other; cat /etc/other; ipvsadm -Ln")?;
            let rows = RULES.lines().count();
            let as_expected = RULES.lines().filter(|rule| saved.contains(rule)).count() == rows;
            bench.expect(RULES, &saved, as_expected)?;
            bench.same(stop)?;
            holds(bench, "")?;
            bench.same("cat /etc/sysconfig-ipvsadm")?;
        }
        bench.same("timeout 3 watch -t -n 1 ipvsadm -Ln --rate | head -n 3")?;
        Ok(())
    })
}

fn holds(bench: &Bench, expected: &str) -> Result<()> {
    let table = bench.same("ipvsadm -Sn")?;
    bench.expect(expected, &table, table == expected)
}
