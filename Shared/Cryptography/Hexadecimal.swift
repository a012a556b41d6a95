/// Lower-case hexadecimal digits, two for each byte.
public func hexadecimal(_ bytes: some Collection<UInt8>) -> String {
    let digits: StaticString = "0123456789abcdef"
    // Copied at once: asked for one by one through the protocol, the bytes of a digest cost more than the digest.
    let bytes = Array(bytes)
    return String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
        for index in bytes.indices {
            text[2 * index] = digits.utf8Start[Int(bytes[index] >> 4)]
            text[2 * index + 1] = digits.utf8Start[Int(bytes[index] & 15)]
        }
        return 2 * bytes.count
    }
}
