//! The rules of the benchmark: services with as many servers each, as a save would write them.

use std::fmt::Write;

/// `services` services on addresses of 10/8, each with `servers` real servers of its own.
pub fn text(services: usize, servers: usize) -> String {
    let mut text = String::new();
    for service in 0..services {
        let [_, a, b, c] = (service as u32).to_be_bytes();
        let _ = writeln!(text, "-A -t 10.{a}.{b}.{c}:80 -s rr");
        for server in 1..=servers {
            let [_, x, y, z] = ((service * servers + server) as u32).to_be_bytes();
            let _ = writeln!(
                text,
                "-a -t 10.{a}.{b}.{c}:80 -r 172.{}.{y}.{z}:8080 -m -w {server}",
                16 + x
            );
        }
    }
    text
}
