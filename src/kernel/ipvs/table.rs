//! Services with their real servers: all of them at once, or one after the other.

use super::client::Ipvs;
use super::error::Error;
use crate::model::{RealServerEntry, ServiceEntry, ServiceWithServers};

/// For how many real servers memory is taken before it is known how many a service has.
const MOST_EXPECTED: usize = 64;

impl Ipvs {
    /// Every service with its real servers and all counters, in the kernel's order.
    ///
    /// # Errors
    /// As for every request: see [`Ipvs`].
    pub fn table(&mut self) -> Result<Vec<ServiceWithServers>, Error> {
        let services = self.services()?;
        self.with_servers(&services, true)
    }

    /// Services with their real servers, which are in the kernel's order; with the servers' counters
    /// where asked for. Services that were deleted since are left out.
    ///
    /// # Errors
    /// As for every request: see [`Ipvs`].
    pub fn with_servers(
        &mut self,
        services: &[ServiceEntry],
        counters: bool,
    ) -> Result<Vec<ServiceWithServers>, Error> {
        let mut table = Vec::with_capacity(services.len());
        let mut expected = 0;
        for entry in services {
            // Many services have as many servers as the one before.
            let memory = Vec::with_capacity(expected);
            let servers = self.real_servers_in(memory, &entry.service.id, counters)?;
            expected = servers.len().min(MOST_EXPECTED);
            if self.is_there(entry, &servers)? {
                let entry = *entry;
                table.push(ServiceWithServers { entry, servers });
            }
        }
        Ok(table)
    }

    /// Calls `take` for each of these services with its real servers, as [`Ipvs::with_servers`] returns them. Only
    /// one is in memory at a time.
    ///
    /// # Errors
    /// As for every request, and whatever `take` fails with.
    pub fn each_with_servers<E: From<Error>>(
        &mut self,
        services: &[ServiceEntry],
        counters: bool,
        mut take: impl FnMut(&mut ServiceWithServers) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut memory = Vec::new();
        for entry in services {
            let servers = self.real_servers_in(memory, &entry.service.id, counters)?;
            let there = self.is_there(entry, &servers)?;
            let entry = *entry;
            let mut listed = ServiceWithServers { entry, servers };
            if there {
                take(&mut listed)?;
            }
            memory = listed.servers;
        }
        Ok(())
    }

    /// Whether a service exists that was found to have these servers: asked for those of one that was deleted, the
    /// kernel says that there are none.
    fn is_there(
        &mut self,
        entry: &ServiceEntry,
        servers: &[RealServerEntry],
    ) -> Result<bool, Error> {
        Ok(!servers.is_empty() || self.find_service(&entry.service.id)?.is_some())
    }
}
