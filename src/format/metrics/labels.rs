//! The labels of services and servers.

use std::ops::Range;

use crate::format::text;
use crate::model::{Endpoint, Family, ServiceId, ServiceWithServers};

/// The labels of each service and of each server, made once for all metrics.
pub struct LabelSets {
    text: String,
    services: Vec<Range<usize>>,
    backends: Vec<Range<usize>>,
}

impl LabelSets {
    pub fn of(table: &[ServiceWithServers]) -> LabelSets {
        let mut labels = LabelSets {
            text: String::new(),
            services: Vec::with_capacity(table.len()),
            backends: Vec::new(),
        };
        let mut local = String::new();
        for listed in table {
            local.clear();
            service_labels(&mut local, &listed.entry.service.id);
            let range = labels.push(&[&local, "}"]);
            labels.services.push(range);
            for entry in &listed.servers {
                let start = labels.push(&[&local]).start;
                server_labels(&mut labels.text, &entry.server.endpoint);
                labels.backends.push(start..labels.text.len());
            }
        }
        labels
    }

    /// Appends text and returns its range.
    fn push(&mut self, parts: &[&str]) -> Range<usize> {
        let start = self.text.len();
        for part in parts {
            self.text.push_str(part);
        }
        start..self.text.len()
    }

    pub fn services(&self) -> impl Iterator<Item = &str> {
        self.services.iter().map(|range| &self.text[range.clone()])
    }

    pub fn backends(&self) -> impl Iterator<Item = &str> {
        self.backends.iter().map(|range| &self.text[range.clone()])
    }
}

// No value of a label needs escaping: they are numbers, addresses and words of ours.

/// Appends the labels of a service, without the closing brace.
fn service_labels(text: &mut String, id: &ServiceId) {
    text.push_str("{local_address=\"");
    match id {
        ServiceId::Address { protocol, endpoint } => {
            address(text, endpoint);
            text.push_str("\",local_port=\"");
            text::number(text, endpoint.port);
            text.push_str("\",local_mark=\"\",proto=\"");
            text.push_str(protocol.title());
            text.push('"');
        }
        ServiceId::FirewallMark { mark, family } => {
            // As /proc/net/ip_vs shows a mark.
            text.push_str(&format!(
                "\",local_port=\"0\",local_mark=\"{mark:08X}\",proto=\"FWM\""
            ));
            // A mark can be that of two services; node_exporter does not distinguish them.
            if *family == Family::V6 {
                text.push_str(",local_family=\"ipv6\"");
            }
        }
    }
}

/// Appends the labels of a server after those of its service.
fn server_labels(text: &mut String, endpoint: &Endpoint) {
    text.push_str(",remote_address=\"");
    address(text, endpoint);
    text.push_str("\",remote_port=\"");
    text::number(text, endpoint.port);
    text.push_str("\"}");
}

fn address(text: &mut String, endpoint: &Endpoint) {
    use std::fmt::Write;
    match endpoint.address {
        std::net::IpAddr::V4(address) => text::v4(text, address),
        std::net::IpAddr::V6(address) => {
            // Writing into a string cannot fail.
            let _ = write!(text, "{address}");
        }
    }
}
