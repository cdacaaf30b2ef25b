//! Partial edits (`--keep`): only what was typed, without any defaults.

use super::{TunnelType, Typed, bad, named};
use crate::cli::command::Keep;
use crate::cli::flags::Flag;
use crate::cli::usage::UsageError;
use crate::cli::{Lookup, values};
use crate::model::TunnelChecksum;
use crate::model::patch::{
    ForwardingPatch, Patch, ServerPatch, ServicePatch, TunnelKind, TunnelPatch,
};

impl Typed<'_> {
    pub(super) fn keep(&self, command: Flag, names: &dyn Lookup) -> Result<Keep, UsageError> {
        let patch = match command {
            Flag::EditService => Patch::Service(self.service_patch()?),
            _ => Patch::Server(self.server_patch(names)?),
        };
        let exist = self.seen.has(Flag::Exist);
        if patch.is_empty() && !exist {
            return Err(UsageError::Unsuitable {
                flag: Flag::Keep,
                why: match command {
                    Flag::EditService => "needs something to change, such as a scheduler (-s)",
                    _ => "needs something to change, such as a weight (-w)",
                },
            });
        }
        Ok(Keep { patch, exist })
    }

    fn service_patch(&self) -> Result<ServicePatch, UsageError> {
        let id = self.service_id();
        let scheduler = named(Flag::Scheduler, self.scheduler)?;
        let flags = |word| {
            values::flags_patch(word, scheduler.as_ref()).map_err(bad(Flag::SchedulerFlags, word))
        };
        let engine = |word| named(Flag::PersistenceEngine, Some(word));
        let persistent_no_more = self.seen.has(Flag::NoPersistent);
        // Else a service for all ports can only be there if it is persistent.
        if persistent_no_more && self.persistence.is_none() && self.lacks_port() {
            return Err(self.no_port());
        }
        let one_packet = self.one_packet()?;
        Ok(ServicePatch {
            id,
            scheduler,
            flags: self.scheduler_flags.map(flags).transpose()?,
            persistence: match self.persistence {
                None if persistent_no_more => Some(None),
                persistence => persistence.map(Some),
            },
            netmask: self
                .netmask
                .filter(|(_, family)| *family == id.family())
                .map(|(netmask, _)| netmask),
            persistence_engine: self.engine.map(engine).transpose()?,
            one_packet: (one_packet || self.seen.has(Flag::NoOnePacket)).then_some(one_packet),
        })
    }

    fn given<T>(&self, flag: Flag, value: T) -> Option<T> {
        self.seen.has(flag).then_some(value)
    }

    fn server_patch(&self, names: &dyn Lookup) -> Result<ServerPatch, UsageError> {
        let server = self.server_host_port(names)?;
        let forwarding = if self.seen.has(Flag::Tunneling) {
            Some(ForwardingPatch::Tunnel)
        } else if self.seen.has(Flag::Masquerading) {
            Some(ForwardingPatch::Masquerading)
        } else if self.seen.has(Flag::Gatewaying) {
            Some(ForwardingPatch::DirectRouting)
        } else {
            None
        };
        if forwarding.is_some_and(|method| method != ForwardingPatch::Tunnel) {
            self.no_tunnel_options()?;
        }
        let kind = self.seen.has(Flag::TunnelType).then_some(self.tunnel_type);
        if let Some(kind) = kind {
            self.options_suit_tunnel(kind)?;
        }
        const CHECKSUMS: [(Flag, TunnelChecksum); 3] = [
            (Flag::TunnelNoChecksum, TunnelChecksum::Off),
            (Flag::TunnelChecksum, TunnelChecksum::On),
            (Flag::TunnelRemoteChecksum, TunnelChecksum::Remote),
        ];
        let checksum = CHECKSUMS.iter().find(|(flag, _)| self.seen.has(*flag));
        Ok(ServerPatch {
            service: self.service_id(),
            address: server.address,
            port: server.port,
            forwarding,
            tunnel: TunnelPatch {
                kind: kind.map(|kind| match kind {
                    TunnelType::Ipip => TunnelKind::Ipip,
                    TunnelType::Gue => TunnelKind::Gue,
                    TunnelType::Gre => TunnelKind::Gre,
                }),
                port: self.given(Flag::TunnelPort, self.tunnel_port),
                checksum: checksum.map(|(_, checksum)| *checksum),
            },
            weight: self.weight_patch,
            upper_threshold: self.given(Flag::UpperThreshold, self.upper_threshold),
            lower_threshold: self.given(Flag::LowerThreshold, self.lower_threshold),
        })
    }
}
