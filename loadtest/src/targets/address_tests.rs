use super::*;

#[test]
fn urls_are_read_as_they_are_written() {
    for text in [
        "embedded:3",
        "raptor://127.0.0.1:9899",
        "raptor://127.0.0.1:9899,[::1]:9899?key=cluster.key",
        "raptor://nodes:9899?key=/passes/client.key&members=6",
        "raptor://node-a:9899,node-b.example:9899?members=2",
        "https://openwhisk.example",
        "http://127.0.0.1:3233",
        "mini-openwhisk:3?prewarm=0&cold_start=500ms",
        "stub:",
        "stub:?stall=2s&at=1s",
    ] {
        assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
    }
}

#[test]
fn what_is_no_url_is_refused_with_what_would_be() {
    for (text, says) in [
        ("", "embedded:3"),
        ("embedded", "embedded:3"),
        ("embedded:0", "1 to 26 zones"),
        ("embedded:27", "1 to 26 zones"),
        ("raptor:127.0.0.1:9899", "raptor://HOST:PORT"),
        ("https://uuid:key@openwhisk.example", "without its key"),
        ("http:", "http://HOST:PORT"),
        ("mini-openwhisk:0", "1 to 26 zones"),
        ("mini-openwhisk:3?pause=1s", "cold_start=500ms"),
        ("stub:?stall=2", "stall=2s&at=1s"),
        ("raptor://node-a", "\"node-a\" is no host with a port"),
        ("raptor://", "\"\" is no host with a port"),
        ("raptor://127.0.0.1:9899?pass=x", "key=FILE"),
        ("raptor://127.0.0.1:9899?key=a&key=b", "each at most once"),
        ("raptor://127.0.0.1:9899?members=0", "members=6"),
        ("raptor://127.0.0.1:9899?", "key=FILE"),
    ] {
        let refused = text.parse::<Address>().unwrap_err().to_string();
        assert!(refused.contains(&format!("{text:?}")), "{refused}");
        assert!(refused.contains(says), "{refused}");
    }
}

#[test]
fn the_file_of_an_address_is_looked_for_from_where_it_is_given() {
    let mut address: Address = "raptor://127.0.0.1:9899?key=a.key".parse().unwrap();
    address.seek_from(Path::new("/here"));
    assert_eq!(
        address.to_string(),
        "raptor://127.0.0.1:9899?key=/here/a.key"
    );
    let other = Address::Embedded { zones: 3 };
    let mut sought = other.clone();
    sought.seek_from(Path::new("/here"));
    assert_eq!(sought, other);
}
