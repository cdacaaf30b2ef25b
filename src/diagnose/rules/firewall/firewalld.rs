//! What firewalld makes, and how it is told of something that is to pass.

use crate::diagnose::shell::quote;

/// The table that it makes; what others change there it undoes.
pub const TABLE: &str = "firewalld";
/// What it calls the chain of a zone, but for the zone's name.
const ZONE: &str = "filter_IN_";

/// The option that names a zone: that of the chain in which packets end, or else that of an interface. Nothing where
/// neither is known, which is the default zone.
pub fn zone(chain: &str, interface: Option<&str>) -> String {
    // Chains of policies, and the parts of a zone's chain, are no zones.
    let named = chain
        .strip_prefix(ZONE)
        .filter(|zone| !zone.is_empty() && !zone.contains('_'));
    if let Some(zone) = named {
        return format!("--zone={} ", quote(zone));
    }
    let of_interface = |name| {
        format!(
            "--zone=\"$(firewall-cmd --get-zone-of-interface={})\" ",
            quote(name)
        )
    };
    interface.map(of_interface).unwrap_or_default()
}
