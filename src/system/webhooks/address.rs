//! Where a webhook may point: public addresses over TLS. Checked before the name is looked up and after, on every
//! attempt, and the address that was checked is the one that is connected to.

use reqwest::{
    Url,
    dns::{Addrs, Name, Resolve, Resolving},
};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Looks names up and lets through only what may be called.
#[derive(Clone, Copy, Debug)]
pub struct Gatekeeper {
    /// For the sandbox: this machine, without TLS.
    pub allow_loopback: bool,
}

impl Gatekeeper {
    /// The address as a URL, or a sentence on why it is none we would call.
    pub fn check(&self, address: &str) -> Result<Url, String> {
        let url = Url::parse(address).map_err(|_| "the address is not a URL".to_owned())?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("the address must not hold a user name or password".to_owned());
        }
        let host = url.host_str().ok_or("the address names no host")?;
        let literal: Option<IpAddr> = match host {
            "localhost" => Some(Ipv4Addr::LOCALHOST.into()),
            host => host.trim_matches(['[', ']']).parse().ok(),
        };
        let on_this_machine = self.allow_loopback && literal.is_some_and(|address| address.is_loopback());
        if url.scheme() != "https" && !(url.scheme() == "http" && on_this_machine) {
            return Err("the address must begin with https://".to_owned());
        }
        if literal.is_some_and(|address| !self.lets_through(address)) {
            return Err("the address is not a public one".to_owned());
        }
        Ok(url)
    }

    pub fn lets_through(&self, address: IpAddr) -> bool {
        match address {
            address if address.is_loopback() => self.allow_loopback,
            IpAddr::V4(address) => is_public_v4(address),
            IpAddr::V6(address) => is_public_v6(address),
        }
    }
}

impl Resolve for Gatekeeper {
    fn resolve(&self, name: Name) -> Resolving {
        let keeper = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let allowed: Vec<SocketAddr> = found.filter(|address| keeper.lets_through(address.ip())).collect();
            if allowed.is_empty() {
                return Err("the name leads to no public address".into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [first, second, third, _] = address.octets();
    let special = address.is_private()
        || address.is_link_local()
        || address.is_multicast()
        || address.is_documentation()
        || first == 0
        || first >= 240
        || (first == 100 && (64..128).contains(&second))
        || (first == 192 && second == 0 && third == 0)
        || (first == 192 && second == 88 && third == 99)
        || (first == 198 && (18..20).contains(&second));
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    if let Some(inner) = address.to_ipv4_mapped() {
        return !inner.is_loopback() && is_public_v4(inner);
    }
    let [first, second, ..] = address.segments();
    // Only the global unicast space, without documentation, Teredo, 6to4 and the other special blocks.
    let special = (first == 0x2001 && (second < 0x0200 || second == 0x0db8)) || first == 0x2002;
    (0x2000..0x4000).contains(&first) && first != 0x3fff && !special
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_in_any_writing_are_refused() {
        let keeper = Gatekeeper { allow_loopback: false };
        for refused in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://017700000001/",
            "https://0.0.0.0/",
            "https://169.254.169.254/latest",
            "https://10.0.0.8/",
            "https://172.16.3.4/",
            "https://192.168.1.1/",
            "https://100.64.0.1/",
            "https://[::1]/",
            "https://[::ffff:127.0.0.1]/",
            "https://[fd00::1]/",
            "https://[fe80::1]/",
            "https://[64:ff9b::7f00:1]/",
            "https://[2002:7f00:1::]/",
            "https://localhost/",
            "http://example.org/",
            "ftp://example.org/",
            "https://user:word@example.org/",
            "file:///etc/passwd",
            "nonsense",
        ] {
            assert!(keeper.check(refused).is_err(), "{refused}");
        }
        assert!(keeper.check("https://hooks.example.org/haulgate").is_ok());
        assert!(keeper.check("https://93.184.216.34/").is_ok());
    }

    #[test]
    fn the_sandbox_may_call_this_machine_and_nothing_else_private() {
        let keeper = Gatekeeper { allow_loopback: true };
        assert!(keeper.check("http://127.0.0.1:8080/hook").is_ok());
        assert!(keeper.check("http://10.0.0.8/").is_err() && keeper.check("https://10.0.0.8/").is_err());
        assert!(keeper.check("http://example.org/").is_err());
    }
}
