//! The options that ask about connections.

use super::{Typed, bad};
use crate::cli::address;
use crate::cli::flag_set::SERVICE;
use crate::cli::flags::Flag;
use crate::cli::usage::UsageError;
use crate::cli::{Lookup, connection_values as values, limits, numbers};
use crate::model::connection::{ConnectionQuery, Counting, ServerQuery, TableProtocol};
use crate::model::{Family, Protocol};

impl Typed<'_> {
    /// Takes an option's value; options without one need nothing.
    pub(super) fn take_query_option(&mut self, flag: Flag, word: &str) -> Result<(), UsageError> {
        let bad = bad(flag, word);
        let query = self.query.get_or_insert_default();
        let seconds = |word| numbers::number(word, 0, limits::LONGEST);
        match flag {
            Flag::Client => query.client = Some(values::network(word).map_err(bad)?),
            Flag::State => query.states = Some(values::states(word).map_err(bad)?),
            Flag::Protocol => query.protocol = Some(values::protocol(word).map_err(bad)?),
            Flag::ExpiresWithin => query.expires_within = Some(seconds(word).map_err(bad)?),
            Flag::ExpiresAfter => query.expires_after = Some(seconds(word).map_err(bad)?),
            Flag::CountBy => {
                let by = values::count_by(word).map_err(bad)?;
                query.count = Some(Counting { by, top: None });
            }
            Flag::Top => self.top = Some(numbers::number(word, 1, u32::MAX).map_err(bad)?),
            _ => {}
        }
        Ok(())
    }

    /// What is asked about the connections.
    pub(super) fn connection_query(
        &self,
        names: &dyn Lookup,
    ) -> Result<ConnectionQuery, UsageError> {
        let mut query = self.query.as_deref().copied().unwrap_or_default();
        query.service = self.optional_service_id();
        query.server = self.server_query(&query, names)?;
        query.origin = self.seen.has(Flag::Origin);
        if let Some(count) = &mut query.count {
            count.top = self.top;
        }
        self.check_query(&query)?;
        Ok(query)
    }

    fn server_query(
        &self,
        query: &ConnectionQuery,
        names: &dyn Lookup,
    ) -> Result<Option<ServerQuery>, UsageError> {
        let Some((place, word)) = self.real_server else {
            return Ok(None);
        };
        let service = self.service.map(|(protocol, _)| protocol);
        let protocols = match (service, query.protocol) {
            (Some(protocol), _) | (None, Some(TableProtocol::Transport(protocol))) => {
                vec![protocol]
            }
            _ => Protocol::ALL.to_vec(),
        };
        let address::HostPort { address, port } = place
            .settled(&protocols, names)
            .map_err(bad(Flag::RealServer, word))?;
        Ok(Some(ServerQuery { address, port }))
    }

    /// Refuses filters that no connection can pass.
    fn check_query(&self, query: &ConnectionQuery) -> Result<(), UsageError> {
        let never = |first, second, why| Err(UsageError::NeverBoth { first, second, why });
        let service = SERVICE.into_iter().find(|flag| self.seen.has(*flag));
        let service = service.unwrap_or(Flag::TcpService);
        let own = query.service.and_then(|id| id.protocol());
        let own = own.map(TableProtocol::Transport);
        let protocol = own.or(query.protocol);
        if own.is_some() && query.protocol.is_some_and(|other| own != Some(other)) {
            return never(service, Flag::Protocol, "their protocols differ");
        }
        let foreign = |protocol: TableProtocol| {
            let state = query.states?.foreign_to(protocol)?;
            Some((state, protocol.title()))
        };
        if let Some((state, protocol)) = protocol.and_then(foreign) {
            return Err(UsageError::ForeignState { state, protocol });
        }
        let family = query.service.map(|id| id.family());
        let clients = query.client.map(|client| Family::of(client.addr()));
        if family.is_some() && clients.is_some_and(|clients| family != Some(clients)) {
            return never(service, Flag::Client, "their address families differ");
        }
        if let (Some(most), Some(least)) = (query.expires_within, query.expires_after) {
            if most <= least {
                let why = "at most and more than that many seconds are left";
                return never(Flag::ExpiresWithin, Flag::ExpiresAfter, why);
            }
        }
        Ok(())
    }
}
