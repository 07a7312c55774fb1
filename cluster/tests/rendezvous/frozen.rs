pub(crate) fn be_far_if_asked() {}
