//! The card from outside: recorded conversations, written ones, sessions, transactions, power
//! cuts, images, properties.

#[cfg(test)]
mod conversations;
#[cfg(test)]
mod images;
#[cfg(test)]
mod power;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod sessions;
#[cfg(test)]
mod terminal;
#[cfg(test)]
mod traces;
#[cfg(test)]
mod transactions;
