//! Words of the commands that a finding prints; no I/O.

use std::borrow::Cow;

/// Said of addresses, routes and links.
pub const KEEP_NETWORK: &str =
    "To keep it at the next start, write it to the network's configuration too.";

/// The name of an IPv4 parameter of an interface, whose own dots sysctl wants as slashes.
pub fn interface_parameter(interface: &str, parameter: &str) -> String {
    let interface = quote(&interface.replace('.', "/"));
    format!("net.ipv4.conf.{interface}.{parameter}")
}

/// A word for a shell: an interface can have almost any name.
pub fn quote(word: &str) -> String {
    let word: String = word.chars().filter(|c| !c.is_control()).collect();
    // It refuses nothing but a zero byte, which is a control character.
    shlex::try_quote(&word).map_or_else(|_| String::new(), Cow::into_owned)
}
