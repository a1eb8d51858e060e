import js from '@eslint/js';
import tseslint from 'typescript-eslint';
import { folderSize } from './tools/lint/folder-size.js';
import { importCircles } from './tools/lint/import-circles.js';
import { importDirection } from './tools/lint/import-direction.js';

/** Units whose folders may still be large and import each other: the embedded database's are yet to be sorted. */
const exempt = ['libs/embedded-mongo'];

export default tseslint.config(
  { ignores: ['dist', 'dist-campaigns', 'node_modules', 'coverage', '.data'] },
  js.configs.recommended,
  ...tseslint.configs.recommendedTypeChecked,
  { rules: { '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }] } },
  {
    files: ['**/*.ts'],
    plugins: {
      parley: {
        rules: { 'folder-size': folderSize, 'import-circles': importCircles, 'import-direction': importDirection },
      },
    },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'parley/folder-size': ['error', { exempt }],
      'parley/import-circles': ['error', { exempt }],
      'parley/import-direction': 'error',
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      eqeqeq: 'error',
    },
  },
  // JSON bodies of answers are `any` on purpose in specs: they are checked by the assertions themselves.
  {
    files: ['**/*spec.ts', '**/test/**/*.ts'],
    ignores: ['test/campaigns/**'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['**/*.js', '**/*.mjs'],
    ...tseslint.configs.disableTypeChecked,
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        URL: 'readonly',
        fetch: 'readonly',
        setTimeout: 'readonly',
        clearTimeout: 'readonly',
      },
    },
  },
);
