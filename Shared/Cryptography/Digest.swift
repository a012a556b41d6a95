import COpenSSL

/// Fingerprints of bytes.
public enum Digest {
    /// Bytes of a SHA-256 digest.
    public static let sha256Length = 32

    /// SHA-256 (FIPS 180-4).
    ///
    /// - Returns: 32 bytes.
    public static func sha256(_ message: [UInt8]) -> [UInt8] {
        message.withUnsafeBytes { self.sha256($0) }
    }

    /// SHA-256 of bytes that lie elsewhere, without a copy of them.
    public static func sha256(_ message: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Self.sha256Length) { digest, count in
            var length: UInt32 = 0
            guard EVP_Digest(message.baseAddress, message.count, digest.baseAddress, &length, sha256Algorithm, nil) == 1
            else { preconditionFailure("SHA-256 is part of every OpenSSL") }
            count = Int(length)
        }
    }
}

/// Fetched once: OpenSSL 3 looks an algorithm up anew at each use of `EVP_sha256()`. Never changed after, and digests
/// may be shared between threads.
nonisolated(unsafe) private let sha256Algorithm = EVP_MD_fetch(nil, "SHA2-256", nil)

/// Whether two secrets are the same, in a time that does not tell where they differ. Their lengths are not secret.
public func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    left.count == right.count && CRYPTO_memcmp(left, right, left.count) == 0
}
