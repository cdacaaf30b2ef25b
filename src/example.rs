//! Adds a virtual service with a real server, lists the table, and removes the service again.

use std::error::Error;
use std::net::Ipv4Addr;
use std::rc::Rc;

use ipvsadm::model::{
    Change, Endpoint, Family, Forwarding, Name, Netmask, OtherFlags, Protocol, RealServer,
    SchedulerFlags, Service, ServiceId,
};
use ipvsadm::{Ipvs, Netns, Trace};

fn main() -> Result<(), Box<dyn Error>> {
    let mut ipvs = Ipvs::open(Rc::new(Netns::Own), Trace::default())?;

    let id = ServiceId::Address {
        protocol: Protocol::Tcp,
        endpoint: Endpoint {
            address: Ipv4Addr::new(192, 0, 2, 1).into(),
            port: 80,
        },
    };
    let service = Service {
        id,
        scheduler: Name::constant("wlc"),
        scheduler_flags: SchedulerFlags::default(),
        other_flags: OtherFlags::default(),
        persistence: Some(300),
        netmask: Netmask::whole(Family::V4),
        persistence_engine: None,
        one_packet: false,
    };
    let server = RealServer {
        endpoint: Endpoint {
            address: Ipv4Addr::new(10, 0, 0, 11).into(),
            port: 80,
        },
        forwarding: Forwarding::Masquerading,
        weight: 1,
        upper_threshold: 0,
        lower_threshold: 0,
    };
    ipvs.apply(&Change::AddService(service))?;
    ipvs.apply(&Change::AddServer(id, server))?;

    for listed in ipvs.table()? {
        let service = &listed.entry.service;
        println!("{:?} by {}", service.id, service.scheduler);
        for entry in &listed.servers {
            let connections = entry.active_connections;
            println!(
                "  {}: {connections} active connections",
                entry.server.endpoint
            );
        }
    }
    ipvs.apply(&Change::DeleteService(id))?;

    // What the kernel refuses, and why, is an error in words.
    let again = ipvs.apply(&Change::DeleteService(id)).unwrap_err();
    assert_eq!(again.to_string(), "No such service: TCP 192.0.2.1:80");
    Ok(())
}
