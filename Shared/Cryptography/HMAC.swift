import COpenSSL

/// Message authentication with a shared key (RFC 2104).
public enum HMAC {
    /// HMAC-SHA-256.
    ///
    /// - Parameter key: Any length; longer than 64 bytes adds nothing. Use at least 32 random bytes.
    /// - Returns: 32 bytes. Compare them with ``constantTimeEqual(_:_:)``, never with `==`.
    public static func sha256(key: [UInt8], message: [UInt8]) -> [UInt8] {
        // OpenSSL takes a null key for “none was set”; an empty array has no address to give.
        let keyBytes = key.isEmpty ? [0] : key
        return [UInt8](unsafeUninitializedCapacity: Digest.sha256Length) { code, count in
            var length = 0
            let result = EVP_Q_mac(
                nil, "HMAC", nil, "SHA2-256", nil, keyBytes, key.count, message, message.count, code.baseAddress,
                code.count, &length)
            guard result != nil else { preconditionFailure("HMAC is part of every OpenSSL") }
            count = length
        }
    }
}
