//! The labels of services and servers.

use std::net::IpAddr;

use crate::format::text::{self, Text};
use crate::model::{Endpoint, Family, ServiceId};

// No value of a label needs escaping: they are numbers, addresses and words of ours.

/// Appends the labels of a service, without the closing brace.
pub fn service(text: &mut Vec<u8>, id: &ServiceId) {
    text.push_str("{local_address=\"");
    match id {
        ServiceId::Address { protocol, endpoint } => {
            address(text, endpoint);
            text.push_str("\",local_port=\"");
            text::number(text, endpoint.port);
            text.push_str("\",local_mark=\"\",proto=\"");
            text.push_str(protocol.title());
            text.push(b'"');
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

/// Appends the labels of a server after those of its service, and the closing brace.
pub fn server(text: &mut Vec<u8>, endpoint: &Endpoint) {
    text.push_str(",remote_address=\"");
    address(text, endpoint);
    text.push_str("\",remote_port=\"");
    text::number(text, endpoint.port);
    text.push_str("\"}");
}

fn address(text: &mut Vec<u8>, endpoint: &Endpoint) {
    match endpoint.address {
        IpAddr::V4(address) => text::v4(text, address),
        IpAddr::V6(address) => text.push_fmt(format_args!("{address}")),
    }
}
