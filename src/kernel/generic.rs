//! Generic netlink: the number of a family, under which it takes requests. The kernel gives it out when the family is
//! loaded.

use netlink_packet_generic::GenlMessage;
use netlink_packet_generic::ctrl::nlas::GenlCtrlAttrs;
use netlink_packet_generic::ctrl::{GenlCtrl, GenlCtrlCmd};
use nix::libc;

use super::attributes::attributes;
use super::netlink::{ExchangeError, Socket, SocketError};

/// The length of a generic netlink header in bytes (`GENL_HDRLEN`).
pub const HEADER_LENGTH: usize = 4;
/// Of linux/genetlink.h.
const CTRL_ATTR_FAMILY_ID: u16 = 1;

/// The number of the family of this name, or `None` where the kernel has none. Asking may load the module that has it.
///
/// # Errors
/// Where the exchange with the kernel breaks down, or it refuses for another reason.
pub fn family(socket: &mut Socket, name: &str) -> Result<Option<u16>, ExchangeError> {
    let request = GenlMessage::from_payload(GenlCtrl {
        cmd: GenlCtrlCmd::GetFamily,
        nlas: vec![GenlCtrlAttrs::FamilyName(name.to_owned())],
    });
    match socket.get(&request, decode) {
        Err(ExchangeError::Refused(refusal)) if refusal.errno == libc::ENOENT => Ok(None),
        answer => Ok(Some(answer??)),
    }
}

/// The number in an answer. The crate's own decoder refuses attributes that it does not know.
fn decode(bytes: &[u8]) -> Result<u16, SocketError> {
    let all = attributes(bytes.get(HEADER_LENGTH..).unwrap_or_default())?;
    let id = all.iter().find(|(kind, _)| *kind == CTRL_ATTR_FAMILY_ID);
    id.and_then(|(_, value)| Some(u16::from_ne_bytes((*value).try_into().ok()?)))
        .ok_or(SocketError::Malformed("a family without a number"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_has_a_number() {
        // Its name comes first.
        let name = [8, 0, 2, 0, b'f', b'o', b'u', 0];
        let number = [6, 0, 1, 0, 42, 0, 0, 0];
        let answer = [&[1, 2, 0, 0][..], &name, &number].concat();
        assert_eq!(decode(&answer).unwrap(), u16::from_ne_bytes([42, 0]));
        let longer = [&[1, 2, 0, 0][..], &[8, 0, 1, 0, 42, 0, 0, 0]].concat();
        for wrong in [
            &[][..],
            &[1, 2],
            &[1, 2, 0, 0],
            &answer[..12],
            &answer[..17],
            &longer,
        ] {
            assert!(decode(wrong).is_err(), "{wrong:?}");
        }
    }
}
