/// Keys from keying material (RFC 5869).
public enum HKDF {
    /// The longest output in bytes: 255 blocks.
    public static let sha256LimitInBytes = 255 * Digest.sha256Length

    /// HKDF-SHA-256: extract, then expand.
    ///
    /// - Parameters:
    ///   - inputKey: The keying material; need not be uniform.
    ///   - salt: Not secret; empty means 32 zero bytes.
    ///   - info: What the key is for: two purposes never share a key.
    ///   - count: Bytes of output, 0–8160.
    /// - Throws: ``CryptographyError/lengthOutOfRange(_:)``
    public static func sha256(
        inputKey: [UInt8], salt: [UInt8] = [], info: [UInt8] = [], count: Int
    ) throws(CryptographyError) -> [UInt8] {
        try self.expandSHA256(self.extractSHA256(inputKey: inputKey, salt: salt), info: info, count: count)
    }

    /// RFC 5869 §2.2: a uniform key of 32 bytes.
    public static func extractSHA256(inputKey: [UInt8], salt: [UInt8]) -> [UInt8] {
        HMAC.sha256(key: salt, message: inputKey)
    }

    /// RFC 5869 §2.3.
    ///
    /// - Parameter count: Bytes of output, 0–8160.
    /// - Throws: ``CryptographyError/lengthOutOfRange(_:)``
    public static func expandSHA256(
        _ pseudoRandomKey: [UInt8], info: [UInt8], count: Int
    ) throws(CryptographyError) -> [UInt8] {
        guard (0...Self.sha256LimitInBytes).contains(count) else { throw .lengthOutOfRange(count) }
        var output = [UInt8]()
        var block = [UInt8]()
        var number: UInt8 = 0
        while output.count < count {
            number += 1  // at most 255: the limit above
            block = HMAC.sha256(key: pseudoRandomKey, message: block + info + [number])
            output += block
        }
        return Array(output.prefix(count))
    }
}
