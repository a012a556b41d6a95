import COpenSSL

/// AES-GCM (NIST SP 800-38D) with a nonce of 12 bytes and a tag of 16.
///
/// A nonce must never be used twice with one key: the random ones of ``seal(_:authenticating:)`` are safe for 2³²
/// messages of a key.
public struct AuthenticatedCipher: Sendable {
    public static let nonceLength = 12
    public static let tagLength = 16

    private let key: [UInt8]

    /// - Parameter key: 32 bytes (AES-256) or 16 (AES-128).
    /// - Throws: ``CryptographyError/invalidKeyLength(_:)``
    public init(key: [UInt8]) throws(CryptographyError) {
        guard key.count == 32 || key.count == 16 else { throw .invalidKeyLength(key.count) }
        self.key = key
    }

    /// Seals under a fresh random nonce.
    ///
    /// - Parameter header: Authenticated, not encrypted; must be given again to open.
    /// - Returns: Nonce, text and tag in one: 28 bytes more than `plaintext`.
    public func seal(_ plaintext: [UInt8], authenticating header: [UInt8] = []) throws(CryptographyError) -> [UInt8] {
        let nonce = try SecureRandom.bytes(Self.nonceLength)
        return nonce + (try self.seal(plaintext, nonce: nonce, authenticating: header))
    }

    /// Opens what ``seal(_:authenticating:)`` made.
    ///
    /// - Throws: ``CryptographyError/authenticationFailed`` for everything else.
    public func open(_ sealed: [UInt8], authenticating header: [UInt8] = []) throws(CryptographyError) -> [UInt8] {
        guard sealed.count >= Self.nonceLength + Self.tagLength else { throw .authenticationFailed }
        return try self.open(
            Array(sealed.dropFirst(Self.nonceLength)), nonce: Array(sealed.prefix(Self.nonceLength)),
            authenticating: header)
    }

    /// - Parameter nonce: 12 bytes, never used before with this key.
    /// - Returns: Text and tag: 16 bytes more than `plaintext`.
    public func seal(
        _ plaintext: [UInt8], nonce: [UInt8], authenticating header: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        let run = try CipherRun(key: self.key, nonce: nonce, isSealing: true)
        try run.authenticate(header)
        return try run.transform(plaintext) + run.finishedTag()
    }

    /// - Parameter sealed: Text and tag.
    /// - Throws: ``CryptographyError/authenticationFailed`` when anything is not as it was when sealed.
    public func open(
        _ sealed: [UInt8], nonce: [UInt8], authenticating header: [UInt8]
    ) throws(CryptographyError) -> [UInt8] {
        guard sealed.count >= Self.tagLength else { throw .authenticationFailed }
        let run = try CipherRun(key: self.key, nonce: nonce, isSealing: false)
        try run.authenticate(header)
        let plaintext = try run.transform(Array(sealed.dropLast(Self.tagLength)))
        // Not a byte of it leaves this function before the tag is known to be right.
        try run.verify(tag: Array(sealed.suffix(Self.tagLength)))
        return plaintext
    }
}
