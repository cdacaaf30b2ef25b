//! Asks the kernel for the UDP ports at which it unpacks FOU and GUE: `FOU_CMD_GET` of the family `fou`.

use netlink_sys::protocols::NETLINK_GENERIC;
use nix::libc;

use super::attributes::{attributes, be16};
use super::generic::{self, HEADER_LENGTH};
use crate::kernel::netlink::{AnswerLength, ExchangeError, Message, Socket, SocketError};

/// A UDP port at which packets are unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FouPort {
    pub port: u16,
    /// Of the packets outside: IPv6, else IPv4.
    pub ipv6: bool,
    /// GUE, which says what it carries; else plain FOU.
    pub gue: bool,
}

/// The ports of the network namespace of the calling thread.
///
/// To be asked only where the module `fou` is loaded: asking for its family would load it.
///
/// # Errors
/// Where the exchange with the kernel breaks down, or it refuses.
pub fn ports() -> Result<Vec<FouPort>, SocketError> {
    let mut socket = Socket::open(NETLINK_GENERIC, AnswerLength::LONGEST)?;
    let Some(family) = finished(generic::family(&mut socket, "fou"))? else {
        return Ok(Vec::new());
    };
    Ok(finished(socket.dump(&Get(family), decode_port))??.items)
}

fn finished<T>(answer: Result<T, ExchangeError>) -> Result<T, SocketError> {
    answer.map_err(|error| error.while_doing("list tunnel ports on"))
}

// Of linux/fou.h.
const FOU_CMD_GET: u8 = 3;
const FOU_GENL_VERSION: u8 = 1;
const FOU_ATTR_PORT: u16 = 1;
const FOU_ATTR_AF: u16 = 2;
const FOU_ATTR_TYPE: u16 = 4;
const FOU_ENCAP_GUE: u8 = 2;

/// `FOU_CMD_GET` to the family of this number.
struct Get(u16);

impl Message for Get {
    fn message_type(&self) -> u16 {
        self.0
    }

    fn append_to(&self, bytes: &mut Vec<u8>) {
        bytes.extend([FOU_CMD_GET, FOU_GENL_VERSION, 0, 0]);
    }
}

fn decode_port(bytes: &[u8]) -> Result<FouPort, SocketError> {
    let mut found = FouPort {
        port: 0,
        ipv6: false,
        gue: false,
    };
    for (kind, value) in attributes(bytes.get(HEADER_LENGTH..).unwrap_or_default())? {
        match (kind, value) {
            (FOU_ATTR_PORT, value) => found.port = be16(value).unwrap_or_default(),
            (FOU_ATTR_AF, [family]) => found.ipv6 = i32::from(*family) == libc::AF_INET6,
            (FOU_ATTR_TYPE, [kind]) => found.gue = *kind == FOU_ENCAP_GUE,
            _ => {}
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_port_of_gue() {
        let bytes = [
            &[1, 1, 0, 0][..],
            &[6, 0, 1, 0, 0x17, 0xc0, 0, 0],
            &[5, 0, 2, 0, 2, 0, 0, 0],
            &[5, 0, 4, 0, 2, 0, 0, 0],
        ]
        .concat();
        let expected = FouPort {
            port: 6080,
            ipv6: false,
            gue: true,
        };
        assert_eq!(decode_port(&bytes).unwrap(), expected);
    }
}
