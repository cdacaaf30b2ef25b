//! Why the kernel refused a request, where its error number has several meanings, and what to do about it.
//!
//! What each refusal means was tried on Linux 6.1 to 7.2; the cases of `tests/faults` hold it there.

use std::fs;
use std::net::{IpAddr, Ipv4Addr};

use nix::ifaddrs::getifaddrs;
use nix::libc;
use nix::net::if_::InterfaceFlags;

use crate::kernel::ipvs::operation::Operation;
use crate::model::{Change, Family, RealServer, ServiceId, SyncDaemon};
use crate::sys::netns::Netns;

/// What the kernel goes by beside the request.
pub trait Surroundings {
    /// Whether this process belongs to the first user namespace; `None` where that cannot be found out.
    fn in_first_user_namespace(&self) -> Option<bool>;

    /// Whether an interface of the network namespace that is up has an address of IPv4; `None` where that cannot
    /// be found out.
    fn has_ipv4_address(&self) -> Option<bool>;
}

/// The multicast group of a sync daemon for which none is given (`IP_VS_SYNC_GROUP` of the kernel).
const DEFAULT_GROUP: IpAddr = IpAddr::V4(Ipv4Addr::new(224, 0, 0, 81));

/// The number of the first user namespace (`PROC_USER_INIT_INO` of the kernel, the same since Linux 3.8).
const FIRST_USER_NAMESPACE: &str = "user:[4026531837]";

impl Surroundings for Netns {
    fn in_first_user_namespace(&self) -> Option<bool> {
        let own = fs::read_link("/proc/self/ns/user").ok()?;
        Some(own.as_os_str() == FIRST_USER_NAMESPACE)
    }

    fn has_ipv4_address(&self) -> Option<bool> {
        let interfaces = self.inside(getifaddrs).ok()?.ok()?;
        let mut ipv4 = interfaces.filter(|interface| {
            let address = interface.address.as_ref();
            address.is_some_and(|address| address.as_sockaddr_in().is_some())
        });
        Some(ipv4.any(|interface| interface.flags.contains(InterfaceFlags::IFF_UP)))
    }
}

/// The reason for a refusal, in words that follow those for its error number; `None` where these are enough.
pub fn explain(operation: &Operation, errno: i32, around: &dyn Surroundings) -> Option<String> {
    let change = match operation {
        _ if errno == libc::EPERM => return Some(permission(around).to_owned()),
        Operation::Change(change) => change,
        _ => return None,
    };
    match (change, errno) {
        (Change::AddService(_), libc::EEXIST) => {
            Some("-E edits it, and -A with --exist adds or edits it".to_owned())
        }
        (Change::AddServer(..), libc::EEXIST) => {
            Some("-e edits it, and -a with --exist adds or edits it".to_owned())
        }
        (Change::AddServer(_, server) | Change::EditServer(_, server), libc::ERANGE) => {
            thresholds(server)
        }
        (Change::AddServer(id, server) | Change::EditServer(id, server), libc::EINVAL) => {
            server_address(id, server, around)
        }
        (Change::StartDaemon(daemon), errno) => start_daemon(daemon, errno),
        _ => None,
    }
}

fn permission(around: &dyn Surroundings) -> &'static str {
    match around.in_first_user_namespace() {
        // Root in a container is root already: 'you must be root' does not help.
        Some(false) => {
            "IPVS requires the capability CAP_NET_ADMIN in the first user namespace, and this process is in another \
             one, as in a rootless container: run ipvsadm on the host, with --netns for the network of the container"
        }
        _ => "the capability CAP_NET_ADMIN is missing",
    }
}

fn thresholds(server: &RealServer) -> Option<String> {
    let RealServer {
        upper_threshold: upper,
        lower_threshold: lower,
        ..
    } = server;
    (lower > upper).then(|| {
        format!("the lower threshold (-y {lower}) is above the upper threshold (-x {upper})")
    })
}

fn server_address(
    id: &ServiceId,
    server: &RealServer,
    around: &dyn Surroundings,
) -> Option<String> {
    let address = server.endpoint.address;
    if Family::of(address) != id.family() {
        return Some(
            "the server is of another address family than the service, which the kernel refuses while a sync \
             daemon runs (see 'ipvsadm -L --daemon')"
                .to_owned(),
        );
    }
    let kind = match address {
        IpAddr::V4(address) if address.is_multicast() => "a multicast address",
        IpAddr::V4(address) if address.is_broadcast() => "the broadcast address",
        IpAddr::V4(address) if address.is_unspecified() => "the unspecified address",
        IpAddr::V4(_) if around.has_ipv4_address() == Some(false) => {
            return Some(
                "no interface of this network namespace that is up has an IPv4 address, so the kernel takes every \
                 address for one that is not unicast: 'ip link set lo up' helps"
                    .to_owned(),
            );
        }
        IpAddr::V4(_) => {
            "the broadcast address of one of this machine's networks, as its local routes say"
        }
        IpAddr::V6(address) if address.is_multicast() => "a multicast address",
        IpAddr::V6(address) if address.is_unspecified() => "the unspecified address",
        IpAddr::V6(address) if address.is_unicast_link_local() => {
            "a link-local address of another machine, which does not say on which interface it is"
        }
        IpAddr::V6(address) if address.to_ipv4_mapped().is_some() => {
            "an IPv4 address in the form of IPv6"
        }
        IpAddr::V6(_) => "not a unicast address",
    };
    Some(format!(
        "{address} is {kind}: the kernel takes only unicast addresses of real servers"
    ))
}

fn start_daemon(daemon: &SyncDaemon, errno: i32) -> Option<String> {
    let interface = &daemon.interface;
    Some(match errno {
        libc::EINVAL => {
            "it cannot synchronise while a real server is of another address family than its service".to_owned()
        }
        libc::ENODEV => format!("there is no interface {interface} ('ip link' lists them)"),
        libc::ENETUNREACH => {
            let group = daemon.group.unwrap_or(DEFAULT_GROUP);
            let family = match Family::of(group) {
                Family::V4 => "IPv4",
                Family::V6 => "IPv6",
            };
            format!("no multicast to {group} leaves {interface}: is it up, and has it an {family} address?")
        }
        libc::EACCES => "a port below 1024 needs the capability CAP_NET_BIND_SERVICE".to_owned(),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::command::Command;
    use crate::cli::parse::parse;
    use crate::format::names::System;

    struct Around {
        first_user_namespace: Option<bool>,
        ipv4: Option<bool>,
    }

    impl Surroundings for Around {
        fn in_first_user_namespace(&self) -> Option<bool> {
            self.first_user_namespace
        }

        fn has_ipv4_address(&self) -> Option<bool> {
            self.ipv4
        }
    }

    const USUAL: Around = Around {
        first_user_namespace: Some(true),
        ipv4: Some(true),
    };

    fn of(line: &str, errno: i32, around: &Around) -> Option<String> {
        let change = match parse(line.split(' '), &System) {
            Ok(Command::Change(change)) => change,
            other => panic!("{line}: {other:?}"),
        };
        explain(&Operation::Change(change), errno, around)
    }

    #[test]
    fn refusals_that_have_one_reason() {
        for (line, errno, words) in [
            ("-A -t 192.0.2.1:80", libc::EEXIST, "--exist"),
            ("-a -f 1 -r 10.0.0.1", libc::EEXIST, "--exist"),
            (
                "-a -f 1 -r 10.0.0.1 -x 5 -y 9",
                libc::ERANGE,
                "(-y 9) is above the upper threshold (-x 5)",
            ),
            (
                "-e -f 1 -r 10.0.0.1 -y 9",
                libc::ERANGE,
                "(-y 9) is above the upper threshold (-x 0)",
            ),
            (
                "-a -f 1 -r 224.0.0.1",
                libc::EINVAL,
                "224.0.0.1 is a multicast address",
            ),
            (
                "-a -f 1 -r 255.255.255.255",
                libc::EINVAL,
                "is the broadcast address",
            ),
            (
                "-a -f 1 -r 0.0.0.0",
                libc::EINVAL,
                "is the unspecified address",
            ),
            (
                "-a -f 1 -r 10.0.0.255",
                libc::EINVAL,
                "is the broadcast address of one of this machine's networks",
            ),
            (
                "-a -f 1 -6 -r ff02::1",
                libc::EINVAL,
                "ff02::1 is a multicast address",
            ),
            (
                "-a -f 1 -6 -r ::",
                libc::EINVAL,
                ":: is the unspecified address",
            ),
            (
                "-a -f 1 -6 -r fe80::1",
                libc::EINVAL,
                "fe80::1 is a link-local address",
            ),
            (
                "-a -f 1 -6 -r ::ffff:10.0.0.1",
                libc::EINVAL,
                "IPv4 address in the form of IPv6",
            ),
            (
                "-a -f 1 -r 2001:db8::1 -i",
                libc::EINVAL,
                "another address family",
            ),
            (
                "-e -f 1 -6 -r 10.0.0.1 -i",
                libc::EINVAL,
                "another address family",
            ),
            (
                "--start-daemon master --mcast-interface d0",
                libc::EINVAL,
                "another address family",
            ),
            (
                "--start-daemon master --mcast-interface d0",
                libc::ENODEV,
                "no interface d0",
            ),
            (
                "--start-daemon master",
                libc::ENETUNREACH,
                "to 224.0.0.81 leaves eth0: is it up, and has it an IPv4",
            ),
            (
                "--start-daemon master --mcast-group ff02::5",
                libc::ENETUNREACH,
                "to ff02::5 leaves eth0: is it up, and has it an IPv6",
            ),
            (
                "--start-daemon backup --mcast-port 9",
                libc::EACCES,
                "CAP_NET_BIND_SERVICE",
            ),
        ] {
            let explanation = of(line, errno, &USUAL).unwrap_or_default();
            assert!(explanation.contains(words), "{line}: {explanation}");
        }
    }

    #[test]
    fn what_says_it_all_is_not_explained() {
        for (line, errno) in [
            ("-A -t 192.0.2.1:80", libc::ENOENT),
            ("-E -t 192.0.2.1:80", libc::ESRCH),
            ("-A -t 192.0.2.1:80", libc::EINVAL),
            ("-a -f 1 -r 10.0.0.1 -x 9 -y 5", libc::ERANGE),
            ("-d -f 1 -r 10.0.0.1", libc::ENOENT),
            ("-C", libc::EINVAL),
            ("--stop-daemon master", libc::ESRCH),
        ] {
            assert_eq!(of(line, errno, &USUAL), None, "{line}");
        }
        let listing = explain(&Operation::List, libc::ENOMEM, &USUAL);
        assert_eq!(listing, None);
    }

    #[test]
    fn a_network_without_addresses_has_no_unicast() {
        let around = Around {
            ipv4: Some(false),
            ..USUAL
        };
        let words = |line| of(line, libc::EINVAL, &around).unwrap();
        assert!(words("-a -f 1 -r 10.0.0.1").contains("'ip link set lo up'"));
        assert!(words("-a -f 1 -r 224.0.0.1").contains("multicast"));
        // Where it cannot be found out, it is not claimed.
        let around = Around {
            ipv4: None,
            ..USUAL
        };
        let words = of("-a -f 1 -r 10.0.0.1", libc::EINVAL, &around).unwrap();
        assert!(words.contains("broadcast"), "{words}");
    }

    #[test]
    fn root_of_a_container_is_sent_to_the_host() {
        for (first_user_namespace, words) in [
            (Some(true), "the capability CAP_NET_ADMIN is missing"),
            (None, "the capability CAP_NET_ADMIN is missing"),
            (Some(false), "run ipvsadm on the host, with --netns"),
        ] {
            let around = Around {
                first_user_namespace,
                ..USUAL
            };
            for operation in [Operation::List, Operation::Change(Change::Clear)] {
                let said = explain(&operation, libc::EPERM, &around).unwrap();
                assert!(said.contains(words), "{said}");
            }
        }
    }

    #[test]
    fn this_process_has_surroundings() {
        // Every sandbox in which tests run has /proc.
        assert!(Netns::Own.in_first_user_namespace().is_some());
        assert!(Netns::Own.has_ipv4_address().is_some());
    }
}
