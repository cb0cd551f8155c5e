//! URLs.

use core::net::IpAddr;

use crate::error::Error;
use crate::evaluate::Machine;
use crate::functions::arguments::text;
use crate::go::url::hostname;
use crate::program::Call;
use crate::term::Term;

/// Whether no address of the host is a loopback or a private one.
pub(in crate::functions) fn is_external_url<'a>(
    machine: &mut Machine<'a, '_, '_>,
    _: &'a Call,
    arguments: &[Term<'a>],
) -> Result<Term<'a>, Error> {
    let host = hostname(&text(arguments, 0)).map_err(Error::Function)?;
    if let Ok(address) = host.parse() {
        return Ok(Term::bool(!is_internal(address)));
    }
    let resolver = machine.env.resolver.ok_or(Error::Unavailable("a name service"))?;
    let addresses = resolver.lookup(&host).map_err(Error::Function)?;
    Ok(Term::bool(!addresses.into_iter().any(is_internal)))
}

fn is_internal(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    }
}
