//! Partial edits of services.

use super::{PatchError, missing};
use crate::model::scheduler::flag_names;
use crate::model::{
    Change, Name, Netmask, OtherFlags, SchedulerFlags, Service, ServiceId, scheduler,
};

/// A partial edit of a service; what is `None` keeps its value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ServicePatch {
    /// The service to edit.
    pub id: ServiceId,
    pub scheduler: Option<Name>,
    pub flags: Option<SchedulerFlagsPatch>,
    /// `Some(None)` ends the persistence.
    pub persistence: Option<Option<u32>>,
    pub netmask: Option<Netmask>,
    /// `Some(None)` takes the engine away.
    pub persistence_engine: Option<Option<Name>>,
    pub one_packet: Option<bool>,
}

/// All flags of a service, none of which it keeps otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SchedulerFlagsPatch {
    pub flags: SchedulerFlags,
    /// Bits within [`OtherFlags::ALL`].
    pub others: u32,
    /// A flag that was named as only one scheduler knows it, such as `sh-port`.
    pub named: Option<&'static str>,
}

impl ServicePatch {
    /// A patch that changes nothing.
    pub fn new(id: ServiceId) -> ServicePatch {
        ServicePatch {
            id,
            scheduler: None,
            flags: None,
            persistence: None,
            netmask: None,
            persistence_engine: None,
            one_packet: None,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        *self == ServicePatch::new(self.id)
    }

    pub(super) fn resolve(
        &self,
        current: Option<&Service>,
        add: bool,
    ) -> Result<Option<Change>, PatchError> {
        match current {
            Some(current) => {
                let edited = self.apply_to(current)?;
                // Of the other flags, only those that change are named.
                let same = edited
                    == Service {
                        other_flags: OtherFlags::default(),
                        ..*current
                    };
                Ok((!same).then_some(Change::EditService(edited)))
            }
            None if add => {
                let added = self.apply_to(&default_service(self.id))?;
                match (added.persistence, self.id) {
                    (None, ServiceId::Address { endpoint, .. }) if endpoint.port == 0 => {
                        Err(PatchError::NoPort)
                    }
                    _ => Ok(Some(Change::AddService(added))),
                }
            }
            None => Err(missing(Change::EditService(default_service(self.id)))),
        }
    }

    /// The service as it is to be.
    fn apply_to(&self, current: &Service) -> Result<Service, PatchError> {
        let scheduler = self.scheduler.unwrap_or(current.scheduler);
        let named = self.flags.and_then(|flags| flags.named);
        let is_unknown = |flag: &_| !flag_names(&scheduler).contains(&Some(*flag));
        if let Some(flag) = named.filter(is_unknown) {
            return Err(PatchError::NoSuchFlag { scheduler, flag });
        }
        let other_flags = match self.flags {
            None => OtherFlags::default(),
            Some(wanted) => OtherFlags {
                set: wanted.others & !current.other_flags.set,
                clear: current.other_flags.set & !wanted.others,
            },
        };
        Ok(Service {
            id: self.id,
            scheduler,
            scheduler_flags: self
                .flags
                .map_or(current.scheduler_flags, |flags| flags.flags),
            other_flags,
            persistence: self.persistence.unwrap_or(current.persistence),
            netmask: self.netmask.unwrap_or(current.netmask),
            persistence_engine: self
                .persistence_engine
                .unwrap_or(current.persistence_engine),
            one_packet: self.one_packet.unwrap_or(current.one_packet),
        })
    }
}

/// A service for which nothing is named.
fn default_service(id: ServiceId) -> Service {
    Service {
        id,
        scheduler: scheduler::DEFAULT,
        scheduler_flags: SchedulerFlags::default(),
        other_flags: OtherFlags::default(),
        persistence: None,
        netmask: Netmask::whole(id.family()),
        persistence_engine: None,
        one_packet: false,
    }
}
