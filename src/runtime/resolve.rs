//! Names to addresses, before a machine runs: a machine knows addresses only.

use std::net::{IpAddr, SocketAddr};

/// The first address of a `host:port` that is of the family of `like`.
///
/// # Errors
///
/// Why there is none, in words that name the host.
pub async fn resolve(name: &str, like: IpAddr) -> Result<SocketAddr, String> {
    let mut found = tokio::net::lookup_host(name)
        .await
        .map_err(|error| format!("{name} has no address: {error}"))?;
    found
        .find(|address| address.is_ipv4() == like.is_ipv4())
        .ok_or_else(|| format!("{name} has no address of the family of {like}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn an_address_is_its_own_and_the_family_is_heeded() {
        let v4: IpAddr = "127.0.0.1".parse().unwrap();
        let address = resolve("127.0.0.1:5060", v4).await.unwrap();
        assert_eq!(address, "127.0.0.1:5060".parse().unwrap());
        let error = resolve("[::1]:5060", v4).await.unwrap_err();
        assert_eq!(
            error,
            "[::1]:5060 has no address of the family of 127.0.0.1"
        );
    }
}
