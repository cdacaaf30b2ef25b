//! The labels of services and servers.

use crate::format::sheet::Sheet;
use crate::format::text::Text;
use crate::model::{Endpoint, Family, ServiceId};

// No value of a label needs escaping: they are numbers, addresses and words of ours.

/// Appends the labels of a service, without the closing brace.
pub fn service(text: &mut Sheet, id: &ServiceId) {
    text.push_str("{local_address=\"");
    match id {
        ServiceId::Address { protocol, endpoint } => {
            text.room(|room| {
                room.address(endpoint.address);
                room.number("\",local_port=\"", endpoint.port);
                room.text("\",local_mark=\"\",proto=\"");
                room.text(protocol.title());
                room.text("\"");
            });
        }
        ServiceId::FirewallMark { mark, family } => {
            // As /proc/net/ip_vs shows a mark.
            text.push_fmt(format_args!(
                "\",local_port=\"0\",local_mark=\"{mark:08X}\",proto=\"FWM\""
            ));
            // A mark can be that of two services; node_exporter does not distinguish them.
            if *family == Family::V6 {
                text.push_str(",local_family=\"ipv6\"");
            }
        }
    }
}

/// What follows the labels of a service before those of a server.
pub const BEFORE_SERVER: &str = ",remote_address=\"";

/// Appends the labels of a server after [`BEFORE_SERVER`], and the closing brace with the blank before a value.
pub fn server(text: &mut Sheet, endpoint: &Endpoint) {
    text.room(|room| {
        room.address(endpoint.address);
        room.number("\",remote_port=\"", endpoint.port);
        room.text("\"} ");
    });
}
