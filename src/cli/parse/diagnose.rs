//! What is to be diagnosed: a director, or a real server of the service that was typed.

use std::net::IpAddr;

use super::{Typed, bad};
use crate::cli::Lookup;
use crate::cli::address::{self, HostPort};
use crate::cli::command::{Diagnose, Examined, ServerRole};
use crate::cli::flags::Flag;
use crate::cli::usage::{Problem, UsageError};
use crate::model::{Family, Protocol};

impl Typed<'_> {
    pub(super) fn diagnose(&self, names: &dyn Lookup) -> Result<Diagnose, UsageError> {
        let json = self.seen.has(Flag::Json);
        Ok(Diagnose {
            json,
            notes: json || self.seen.has(Flag::Verbose),
            color: self.color.unwrap_or_default(),
            examined: match self.service {
                // It goes with --as-server only, which does not go without it.
                Some((protocol, place)) => {
                    Examined::Server(self.server_role(protocol, place, names)?)
                }
                None => Examined::Director {
                    probe: self.seen.has(Flag::Probe),
                },
            },
        })
    }

    fn server_role(
        &self,
        protocol: Protocol,
        place: HostPort,
        names: &dyn Lookup,
    ) -> Result<ServerRole, UsageError> {
        let endpoint = place.with_port(0);
        if endpoint.port == 0 {
            return Err(UsageError::Unsuitable {
                flag: match protocol {
                    Protocol::Tcp => Flag::TcpService,
                    Protocol::Udp => Flag::UdpService,
                    Protocol::Sctp => Flag::SctpService,
                },
                why: "needs a port here: the program that serves it is looked for there",
            });
        }
        Ok(ServerRole {
            protocol,
            endpoint,
            forwarding: self.forwarding()?,
            director: self.director(endpoint.address, names)?,
        })
    }

    fn director(&self, vip: IpAddr, names: &dyn Lookup) -> Result<Option<IpAddr>, UsageError> {
        let Some(word) = self.director else {
            return Ok(None);
        };
        let host = address::host_port(word, Protocol::Tcp, names);
        let director = match host.map_err(bad(Flag::Director, word))? {
            HostPort {
                address,
                port: None,
            } => address,
            _ => return Err(bad(Flag::Director, word)(Problem::NotAHost)),
        };
        if Family::of(director) != Family::of(vip) {
            return Err(UsageError::Unsuitable {
                flag: Flag::Director,
                why: "and the service must have addresses of the same family",
            });
        }
        Ok(Some(director))
    }
}
