//! Attributes of netlink messages other than those of IPVS: what is asked for is taken, what is not known is skipped; no I/O.

use std::net::IpAddr;

use netlink_packet_core::NlasIterator;

use crate::kernel::netlink::SocketError;

/// The attributes behind a header, each with its number.
///
/// # Errors
/// Where one says that it is longer than the message.
pub fn attributes(bytes: &[u8]) -> Result<Vec<(u16, &[u8])>, SocketError> {
    let mut all = Vec::new();
    for attribute in NlasIterator::new(bytes) {
        let attribute = attribute.map_err(|_| SocketError::Malformed("an attribute"))?;
        let length = attribute.value_length();
        let value = attribute.into_inner().get(4..4 + length);
        all.push((
            attribute.kind(),
            value.ok_or(SocketError::Malformed("an attribute"))?,
        ));
    }
    Ok(all)
}

/// Text up to its closing zero; what is not UTF-8 is replaced.
pub fn text(value: &[u8]) -> String {
    let end = value.iter().position(|&byte| byte == 0);
    String::from_utf8_lossy(&value[..end.unwrap_or(value.len())]).into_owned()
}

/// A number of the processor's byte order.
pub fn u32(value: &[u8]) -> Option<u32> {
    Some(u32::from_ne_bytes(value.try_into().ok()?))
}

/// A number of the network's byte order.
pub fn be16(value: &[u8]) -> Option<u16> {
    Some(u16::from_be_bytes(value.try_into().ok()?))
}

/// An address of either family, by its length.
pub fn address(value: &[u8]) -> Option<IpAddr> {
    if let Ok(octets) = <[u8; 4]>::try_from(value) {
        return Some(IpAddr::from(octets));
    }
    Some(IpAddr::from(<[u8; 16]>::try_from(value).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_attribute_once_whatever_it_is() {
        let bytes = [
            &[8, 0, 1, 0, 192, 0, 2, 1][..],
            &[6, 0, 3, 0, b'l', 0, 0, 0],
            &[4, 0, 99, 0],
        ]
        .concat();
        let all = attributes(&bytes).unwrap();
        let kinds: Vec<u16> = all.iter().map(|(kind, _)| *kind).collect();
        assert_eq!(kinds, [1, 3, 99]);
        assert_eq!(address(all[0].1), "192.0.2.1".parse().ok());
        assert_eq!(text(all[1].1), "l");
        assert_eq!(
            (u32(all[2].1), be16(all[2].1), address(all[2].1)),
            (None, None, None)
        );
    }

    #[test]
    fn an_attribute_that_is_longer_than_its_message() {
        for bytes in [&[9, 0, 1, 0, 1, 2, 3, 4][..], &[3, 0, 1, 0], &[8, 0]] {
            assert!(attributes(bytes).is_err(), "{bytes:?}");
        }
    }
}
