//! Rules that several cases use.

use std::fmt::Write;

/// A table of so many services with so many servers each. Of two variants, every other server of each service is
/// another one.
pub fn large(services: usize, servers: usize, variant: usize) -> String {
    let mut rules = String::new();
    for service in 0..services {
        let id = format!("192.0.2.1:{}", 1000 + service);
        let _ = writeln!(rules, "-A -t {id} -s rr");
        for server in 0..servers {
            let net = if server % 2 == 0 { 0 } else { 1 + variant };
            let _ = writeln!(rules, "-a -t {id} -r 10.0.{net}.{}:80 -m -w 1", 1 + server);
        }
    }
    rules
}

/// Services that `--only 192.0.2.1 --except udp` leaves out, as a save has them.
pub const OUTSIDE: &str = "\
-A -u 192.0.2.1:1000 -s sh -p 60
-a -u 192.0.2.1:1000 -r 10.0.0.1:1000 -g -w 0
-A -t 192.0.2.2:1000 -s rr
-a -t 192.0.2.2:1000 -r 10.0.0.1:80 -m -w 3
-A -t [2001:db8::1]:1000 -s wlc
-a -t [2001:db8::1]:1000 -r [2001:db8::11]:80 -m -w 1
-A -f 5 -s rr
-a -f 5 -r 10.0.0.1:0 -g -w 1
";

/// The lines that two lists of rules share.
pub fn common<'a>(one: &'a str, other: &str) -> Vec<&'a str> {
    let other: std::collections::HashSet<&str> = other.lines().collect();
    one.lines().filter(|line| other.contains(line)).collect()
}
