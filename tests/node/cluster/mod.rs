//! Clusters of nodes started by hand.
