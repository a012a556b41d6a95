import COpenSSL

/// Bytes nobody can foresee.
public enum SecureRandom {
    /// - Parameter count: 0 or more.
    /// - Throws: ``CryptographyError/randomnessUnavailable``; never weaker bytes instead.
    public static func bytes(_ count: Int) throws(CryptographyError) -> [UInt8] {
        guard count >= 0, let length = Int32(exactly: count) else { throw .lengthOutOfRange(count) }
        var bytes = [UInt8](repeating: 0, count: count)
        guard RAND_bytes(&bytes, length) == 1 else { throw .randomnessUnavailable }
        return bytes
    }
}
