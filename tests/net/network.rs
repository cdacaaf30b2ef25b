//! A network: hosts, the links between them, and the servers that run on them. All goes when it is dropped.

use std::collections::BTreeMap;

use crate::error::{Error, Result};
use crate::host::Host;
use crate::serve::{Protocol, Server};

/// A segment: its name, and the hosts on it with their addresses.
pub type Lan = (&'static str, &'static [(&'static str, &'static str)]);

/// Set on every host before it has an interface.
const SETTINGS: &[(&str, &str)] = &[
    // Replies may take another way than requests; that is what direct routing and tunnels are about.
    ("net.ipv4.conf.all.rp_filter", "0"),
    ("net.ipv4.conf.default.rp_filter", "0"),
    // Who gets no answer has to give up within seconds.
    ("net.ipv4.tcp_syn_retries", "2"),
    // Addresses are unique here, and nobody wants to wait until the kernel believes it.
    ("net.ipv6.conf.all.accept_dad", "0"),
    ("net.ipv6.conf.default.accept_dad", "0"),
    ("net.ipv6.conf.default.router_solicitations", "0"),
];

/// A network that is up.
#[derive(Debug)]
pub struct Net {
    // Servers come first: fields are dropped in this order, and threads must end before their namespace does.
    servers: Vec<Server>,
    hosts: BTreeMap<String, Host>,
    _switch: Host,
}

impl Net {
    /// Makes the hosts and joins them. Each has `eth0` on the first segment that names it, `eth1` on the next, and
    /// so on; several addresses are separated by blanks.
    pub fn new(lans: &[Lan]) -> Result<Self> {
        let switch = Host::new("switch")?;
        let mut hosts = BTreeMap::new();
        let mut links = String::new();
        let mut setup: BTreeMap<&str, (usize, String)> = BTreeMap::new();
        for (number, (_, members)) in lans.iter().enumerate() {
            links += &format!("link add br{number} type bridge\nlink set br{number} up\n");
            for (host, addresses) in *members {
                if !hosts.contains_key(*host) {
                    let new = Host::new(host)?;
                    new.sysctl(SETTINGS)?;
                    hosts.insert((*host).to_owned(), new);
                }
                let (count, lines) = setup
                    .entry(host)
                    .or_insert((0, "link set lo up\n".to_owned()));
                let (port, eth) = (format!("{host}-{number}"), format!("eth{count}"));
                *count += 1;
                links += &format!(
                    "link add {port} type veth peer name {eth} netns {}\n\
                     link set {port} master br{number} up\n",
                    hosts[*host].namespace()
                );
                *lines += &format!("link set {eth} up\n");
                for address in addresses.split_whitespace() {
                    *lines += &format!("addr add {address} dev {eth}\n");
                }
            }
        }
        switch.ip(&links)?;
        for (host, (_, lines)) in &setup {
            hosts[*host].ip(lines)?;
        }
        Ok(Self {
            servers: Vec::new(),
            hosts,
            _switch: switch,
        })
    }

    /// A host by its name.
    pub fn host(&self, name: &str) -> Result<&Host> {
        self.hosts
            .get(name)
            .ok_or_else(|| Error::NoHost(name.to_owned()))
    }

    /// Every host.
    pub fn hosts(&self) -> impl Iterator<Item = &Host> {
        self.hosts.values()
    }

    /// Further set-up in words of `ip`: `("rs1", "route add default via 10.0.0.1")`.
    pub fn ip(self, lines: &[(&str, &str)]) -> Result<Self> {
        for (host, line) in lines {
            self.host(host)?.ip(line)?;
        }
        Ok(self)
    }

    /// Set-up that a reader should see: command lines, printed before they are run.
    pub fn shown(self, lines: &[(&str, String)]) -> Result<Self> {
        for (host, line) in lines {
            println!("{host}# {line}");
            let output = self.host(host)?.shell(line)?;
            if output.status != 0 {
                return Err(Error::Command {
                    host: (*host).to_owned(),
                    line: line.clone(),
                    status: output.status,
                    output: output.text,
                });
            }
        }
        Ok(self)
    }

    /// Kernel parameters of one host.
    pub fn sysctl(self, host: &str, settings: &[(&str, &str)]) -> Result<Self> {
        self.host(host)?.sysctl(settings)?;
        Ok(self)
    }

    /// Starts a web server at an address; its page is the host's name.
    pub fn http(self, host: &str, address: &str) -> Result<Self> {
        self.serve(host, Protocol::Tcp, address)
    }

    /// Starts a server that says the host's name in answer to everything.
    pub fn serve(mut self, host: &str, protocol: Protocol, address: &str) -> Result<Self> {
        let server = Server::start(self.host(host)?, protocol, address)?;
        self.servers.push(server);
        Ok(self)
    }
}
