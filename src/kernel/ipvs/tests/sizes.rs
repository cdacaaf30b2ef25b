//! Every attribute of the header in every wrong size: the error names it.

use super::{attr, u64_attr};
use crate::kernel::ipvs::message::DecodeError;
use crate::kernel::ipvs::stats::EncodedStats;
use crate::kernel::ipvs::uapi::{
    Command, CommandAttribute, DaemonAttribute, DestAttribute, InfoAttribute, KernelEnum,
    ServiceAttribute, StatsAttribute,
};
use crate::kernel::ipvs::{config, daemon, real_server, service};
use crate::model::Family;

/// The form of an attribute's value.
enum Form {
    /// Exactly so many bytes.
    Bytes(usize),
    /// At most 15 bytes and a zero.
    Name,
    /// Statistics, in numbers of 32 or 64 bits.
    Stats,
    /// A reply of another kind carries it; here it is skipped.
    Foreign,
    /// Padding: any length.
    Padding,
}

/// Feeds one attribute alone to a decoder, in wrong sizes, and checks what it says.
#[track_caller]
fn check<T>(
    kind: u16,
    attribute: &'static str,
    form: &Form,
    decode: impl Fn(&[u8]) -> Result<T, DecodeError>,
) {
    let error = |value: &[u8]| decode(&attr(kind, value)).err();
    match *form {
        Form::Bytes(expected) => {
            for got in (0..=20).filter(|got| *got != expected) {
                let size = DecodeError::Size {
                    attribute,
                    got,
                    expected,
                };
                assert_eq!(error(&vec![0; got]), Some(size));
            }
            let right = error(&vec![0; expected]);
            assert!(
                !matches!(right, Some(DecodeError::Size { .. })),
                "{right:?}"
            );
        }
        Form::Name => {
            let too_long = Some(DecodeError::LongName { attribute });
            assert_eq!(error(&[b'x'; 16]), too_long);
            assert_eq!(error(b"sixteen-bytes-xx\0"), too_long);
            assert_ne!(error(&[b'x'; 15]), too_long);
            assert_ne!(error(b"fifteen-bytes-x\0 and more"), too_long);
        }
        Form::Stats => {
            let inside = "the statistics";
            let cut_off = Some(DecodeError::Attributes { inside });
            assert_eq!(error(&[8, 0, 1]), cut_off);
            assert_eq!(error(&u64_attr(1, 1)[..7]), cut_off);
        }
        Form::Foreign | Form::Padding => {
            for got in 0..=20 {
                let outcome = error(&vec![0; got]);
                assert!(
                    !matches!(outcome, Some(DecodeError::Size { .. })),
                    "{outcome:?}"
                );
            }
        }
    }
}

#[test]
fn services() {
    use Form::{Bytes, Name, Stats};
    use ServiceAttribute as A;
    for attribute in A::ALL {
        let form = match attribute {
            A::Af | A::Protocol | A::Port => Bytes(2),
            A::Addr => Bytes(16),
            A::Fwmark | A::Timeout | A::Netmask => Bytes(4),
            A::Flags => Bytes(8),
            A::SchedName | A::PeName => Name,
            A::Stats | A::Stats64 => Stats,
        };
        check(*attribute as u16, attribute.name(), &form, service::decode);
    }
}

#[test]
fn real_servers() {
    use DestAttribute as A;
    use Form::{Bytes, Stats};
    for attribute in A::ALL {
        let form = match attribute {
            A::Port | A::AddrFamily | A::TunPort | A::TunFlags => Bytes(2),
            A::Addr => Bytes(16),
            A::FwdMethod
            | A::Weight
            | A::UThresh
            | A::LThresh
            | A::ActiveConns
            | A::InactConns
            | A::PersistConns => Bytes(4),
            A::TunType => Bytes(1),
            A::Stats | A::Stats64 => Stats,
        };
        check(*attribute as u16, attribute.name(), &form, |bytes| {
            real_server::decode(bytes, Family::V4, true)
        });
    }
}

#[test]
fn daemons() {
    use DaemonAttribute as A;
    use Form::{Bytes, Name};
    for attribute in A::ALL {
        let form = match attribute {
            A::State | A::SyncId | A::McastGroup => Bytes(4),
            A::McastIfn => Name,
            A::SyncMaxlen | A::McastPort => Bytes(2),
            A::McastGroup6 => Bytes(16),
            A::McastTtl => Bytes(1),
        };
        check(*attribute as u16, attribute.name(), &form, daemon::decode);
    }
}

#[test]
fn statistics() {
    use Form::{Bytes, Padding};
    use StatsAttribute as A;
    for attribute in A::ALL {
        let (narrow, wide) = match attribute {
            A::Inbytes | A::Outbytes => (Bytes(8), Bytes(8)),
            A::Pad => (Padding, Padding),
            _ => (Bytes(4), Bytes(8)),
        };
        let decode_32 = |bytes: &[u8]| {
            EncodedStats {
                narrow: Some(bytes),
                wide: None,
            }
            .decode()
        };
        let decode_64 = |bytes: &[u8]| {
            EncodedStats {
                narrow: None,
                wide: Some(bytes),
            }
            .decode()
        };
        check(*attribute as u16, attribute.name(), &narrow, decode_32);
        check(*attribute as u16, attribute.name(), &wide, decode_64);
    }
}

#[test]
fn timeouts() {
    use CommandAttribute as A;
    for attribute in A::ALL {
        let form = match attribute {
            A::TimeoutTcp | A::TimeoutTcpFin | A::TimeoutUdp => Form::Bytes(4),
            A::Service | A::Dest | A::Daemon => Form::Foreign,
        };
        let decode = config::decode_timeouts;
        check(*attribute as u16, attribute.name(), &form, decode);
    }
}

#[test]
fn info() {
    for attribute in InfoAttribute::ALL {
        let decode = config::decode_info;
        check(*attribute as u16, attribute.name(), &Form::Bytes(4), decode);
    }
}

#[test]
fn numbers_follow_the_header() {
    // The header counts from 1 without gaps (0 is IPVS_*_UNSPEC).
    macro_rules! check_numbers {
        ($($set:ident: $repr:ty, $count:literal, $last:literal;)*) => {$(
            assert_eq!($set::ALL.len(), $count);
            for (index, member) in $set::ALL.iter().enumerate() {
                assert_eq!(*member as usize, index + 1);
                assert_eq!($set::from_number(*member as u16), Some(*member));
            }
            assert_eq!($set::from_number(0), None);
            assert_eq!($set::from_number($count + 1), None);
            assert_eq!($set::ALL[$count - 1].name(), $last);
        )*};
    }
    check_numbers! {
        Command: u8, 17, "IPVS_CMD_FLUSH";
        CommandAttribute: u16, 6, "IPVS_CMD_ATTR_TIMEOUT_UDP";
        ServiceAttribute: u16, 12, "IPVS_SVC_ATTR_STATS64";
        DestAttribute: u16, 15, "IPVS_DEST_ATTR_TUN_FLAGS";
        DaemonAttribute: u16, 8, "IPVS_DAEMON_ATTR_MCAST_TTL";
        StatsAttribute: u16, 11, "IPVS_STATS_ATTR_PAD";
        InfoAttribute: u16, 2, "IPVS_INFO_ATTR_CONN_TAB_SIZE";
    }
}
