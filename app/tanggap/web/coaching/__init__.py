"""The pages of practice and of what somebody does well."""
